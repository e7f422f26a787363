import { benchAddressRecovery } from './address-recovery.ts';
import { benchCalls } from './calls.ts';
import { benchColdStart } from './cold-start.ts';
import { benchErasure } from './erasure.ts';
import { benchInvocations } from './invocations.ts';
import { benchLedger } from './ledger.ts';
import { benchPipeline } from './pipeline.ts';
import { benchRedaction } from './redaction.ts';
import { benchRetention } from './retention.ts';
import { benchShape } from './shape.ts';
import { benchSoak } from './soak.ts';
import { benchTokenTiming } from './token-timing.ts';
import { benchVault } from './vault.ts';

/** The figures that can be measured, by the name after `npm run bench --`. */
const benches: Readonly<Record<string, () => Promise<void>>> = {
  'address-recovery': benchAddressRecovery,
  calls: benchCalls,
  'cold-start': benchColdStart,
  erasure: benchErasure,
  invocations: benchInvocations,
  ledger: benchLedger,
  pipeline: benchPipeline,
  redaction: benchRedaction,
  retention: benchRetention,
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
