import { benchCalls } from './calls.ts';
import { benchColdStart } from './cold-start.ts';
import { benchInvocations } from './invocations.ts';
import { benchPipeline } from './pipeline.ts';
import { benchShape } from './shape.ts';
import { benchSoak } from './soak.ts';
import { benchTokenTiming } from './token-timing.ts';
import { benchVault } from './vault.ts';

/** The figures that can be measured, by the name after `npm run bench --`. */
const benches: Readonly<Record<string, () => Promise<void>>> = {
  calls: benchCalls,
  'cold-start': benchColdStart,
  invocations: benchInvocations,
  pipeline: benchPipeline,
  shape: benchShape,
  soak: benchSoak,
  'token-timing': benchTokenTiming,
  vault: benchVault,
};

const [name = ''] = process.argv.slice(2);
const bench = benches[name];
if (bench === undefined) {
  process.stderr.write(`Say what to measure: npm run bench -- ${Object.keys(benches).join(' | ')}\n`);
  process.exitCode = 2;
} else {
  await bench().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}
