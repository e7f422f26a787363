import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FunctionName } from '../lib/config.ts';
import { functionSpecOf } from '../local/functions.ts';
import { bundleInto } from '../test/bundles/bundles.ts';
import { median } from './statistics.ts';

const RUNS = 15;

const names: readonly FunctionName[] = [
  'ingest',
  'analytics',
  'staging',
  'business',
  'maintenance',
  'migrate',
];
/** Nothing is connected to: a module that starts only builds what it will need. */
const nowhere = {
  databaseUrl: 'postgres://nobody:nothing@127.0.0.1:1/none',
  queues: [],
  access: { region: 'local', endpoint: 'http://127.0.0.1:1', accessKeyId: 'none', secretAccessKey: 'none' },
};
const importing = `
const begin = performance.now();
await import(process.cwd() + '/index.mjs');
process.stdout.write(String(performance.now() - begin), () => process.exit());
`;

/** Milliseconds in which a new process of Node loads each function's bundle, with the template's variables and no compile cache. */
export async function benchColdStart(): Promise<void> {
  const outdir = mkdtempSync(join(tmpdir(), 'onevault-cold-start-'));
  try {
    const bundles = bundleInto(outdir);
    const addresses = bundles.model.queues.map(({ logicalId }) => ({
      logicalId,
      url: 'http://127.0.0.1:1/queue',
      arn: 'queue',
    }));
    for (const name of names) {
      const model = bundles.model.functions.find((each) => each.name === name);
      if (model === undefined) throw new Error(`The template has no function ${name}.`);
      const spec = functionSpecOf(model, { ...nowhere, queues: addresses, database: bundles.model.database });
      const folder = bundles.folderOf(name);
      const times = Array.from({ length: RUNS }, () => {
        const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', importing], {
          cwd: folder,
          env: spec.environment,
          encoding: 'utf8',
        });
        const time = Number(stdout);
        if (stdout === '' || Number.isNaN(time)) throw new Error(`${name} does not load: ${stderr}`);
        return time;
      });
      const { size } = statSync(join(folder, 'index.mjs'));
      process.stdout.write(
        `${name.padEnd(12)} ${size.toLocaleString('en')} bytes  ${median(times).toFixed(0)} ms (${Math.min(...times).toFixed(0)} to ${Math.max(...times).toFixed(0)}, ${RUNS} processes)\n`,
      );
    }
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
