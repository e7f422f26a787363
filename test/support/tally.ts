import type { Reporter, TestModule } from 'vitest/node';

/** Ends a run with one plain line, and says what was left out: a skipped check is no passed one. */
export default class Tally implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string) => tests.filter((test) => test.result().state === state).length;
    const broken = modules.filter(
      (module) => module.state() === 'failed' && [...module.children.allTests('failed')].length === 0,
    );
    const skipped = tests.filter((test) => test.result().state === 'skipped');
    for (const test of skipped) process.stdout.write(`skipped: ${test.fullName}\n`);
    process.stdout.write(
      `${count('passed')} passed, ${count('failed') + broken.length} failed, ${skipped.length} skipped\n`,
    );
  }
}
