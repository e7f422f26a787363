import { parseArgs } from 'node:util';
import * as z from 'zod';
import { ConfigError } from '../lib/parse-config.ts';
import { synthesise } from '../lib/synthesise.ts';
import { billOf, idle } from './cost/bill.ts';
import { configFrom } from './cost/environment.ts';
import { takeInventory } from './cost/inventory.ts';
import { limitsPassed } from './cost/limits.ts';
import { report } from './cost/report.ts';
import { runWithUsage } from './misuse.ts';

const USAGE = `Usage: npm run cost -- --events-per-second N --batch B [--tenants T] [--env prod] [--from FOLDER] [--json]
Prints what an environment costs idle and under a steady load, with the arithmetic of every line. Needs no account.
--from looks for the environment in a folder of files like those of environments/.`;

const positive = z.coerce.number().positive();
const options = z.object({
  'events-per-second': positive,
  batch: z.coerce.number().int().min(1).max(1_000),
  tenants: z.coerce.number().int().min(1).default(10),
  env: z.string().default('prod'),
  from: z.string().optional(),
  json: z.boolean().default(false),
  help: z.boolean().default(false),
});

runWithUsage(USAGE, () => {
  const { values } = parseArgs({
    options: {
      'events-per-second': { type: 'string', default: '100' },
      batch: { type: 'string', default: '10' },
      tenants: { type: 'string' },
      env: { type: 'string' },
      from: { type: 'string' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const chosen = options.safeParse(values);
  if (!chosen.success) throw new ConfigError(`${z.prettifyError(chosen.error)}\n${USAGE}`);
  const { 'events-per-second': eventsPerSecond, batch, tenants, env, from, json, help } = chosen.data;
  if (help) {
    console.log(USAGE);
  } else {
    const config = configFrom(env, from);
    const inventory = takeInventory(synthesise(env, { config }));
    const load = { eventsPerSecond, batch, tenants };
    const loaded = billOf(config, inventory, load);
    const bills = {
      idle: billOf(config, inventory, idle),
      loaded,
      limitsPassed: [...limitsPassed(config, load, loaded.flow)],
    };
    process.stdout.write(
      json
        ? `${JSON.stringify(bills, null, 2)}\n`
        : report(env, bills.idle, bills.loaded, bills.limitsPassed),
    );
  }
});
