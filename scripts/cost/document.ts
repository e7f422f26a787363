import { join } from 'node:path';
import type { EnvironmentConfig } from '../../lib/config.ts';
import { builtInConfigOf } from '../../lib/environments.ts';
import { synthesise } from '../../lib/synthesise.ts';
import { type Bill, billOf, idle, perMillion } from './bill.ts';
import { busyProcessors, neededAcu } from './database-lines.ts';
import { configFrom } from './environment.ts';
import { flowOf } from './flow.ts';
import { type Inventory, takeInventory } from './inventory.ts';
import { digits } from './line.ts';
import { arithmetic, dollars, finely, keepingMillion } from './report.ts';

const repository = join(import.meta.dirname, '../..');

/** The documents that show the model's figures. What stands between their `<!-- bill: … -->` comments is written by `npm run generate`. */
export const costDocuments = ['cost.md', 'scale.md'].map((file) => join(repository, 'docs/operations', file));
export const environmentSamples = join(repository, 'samples/environments');

const RATES = [10, 100, 1_000];

const at = (eventsPerSecond: number) => ({ eventsPerSecond, batch: 10, tenants: 10 });

const fenced = (bill: Bill): string => `\`\`\`text\n${arithmetic(bill)}\n\`\`\``;

function summary(environments: Readonly<Record<string, EnvironmentConfig>>, inventory: Inventory): string {
  const rows = Object.entries(environments).map(([name, config]) => {
    const figures = RATES.map((rate) => finely(perMillion(billOf(config, inventory, at(rate)))));
    return `| ${name} | ${[dollars(billOf(config, inventory, idle).usd), ...figures].join(' | ')} |`;
  });
  const rates = RATES.map((rate) => `${rate.toLocaleString('en')}/s`);
  return [
    `| environment | idle, a month | ${rates.join(' | ')} |`,
    `| --- | --- |${' --- |'.repeat(RATES.length)}`,
    ...rows,
  ].join('\n');
}

/** How old events get under the middle one of the loads. */
function freshness(environments: Readonly<Record<string, EnvironmentConfig>>, inventory: Inventory): string {
  const rows = Object.entries(environments).map(([name, config]) => {
    const { typical, longest, leftBehind, swept } = billOf(config, inventory, at(100)).freshness;
    return `| ${[name, ...[typical, longest, leftBehind, swept].map(digits)].join(' | ')} |`;
  });
  return [
    '| environment | typically | at most, while its process is called | when its process is not called again | when nothing rings any more |',
    `|${' --- |'.repeat(5)}`,
    ...rows,
  ].join('\n');
}

const SCALES = [10, 100, 1_000, 3_000, 10_000];

/** What a load takes of each part that has a limit. */
function scale(environments: Readonly<Record<string, EnvironmentConfig>>): string {
  const rows = Object.entries(environments).flatMap(([name, config]) =>
    SCALES.map((rate) => {
      const flow = flowOf(config, at(rate));
      const [ingest, staging, business] = [flow.ingest, flow.staging, flow.business].map(
        ({ invocations, seconds }) => (invocations * seconds).toFixed(2),
      );
      const database = [busyProcessors(flow).toFixed(2), neededAcu(flow).toFixed(1)];
      return `| ${[name, rate.toLocaleString('en'), ingest, staging, business, ...database].join(' | ')} |`;
    }),
  );
  return [
    '| environment | events/s | executions of ingest | of staging | of business | processors of Postgres | ACU of the writer |',
    `|${' --- |'.repeat(7)}`,
    ...rows,
  ].join('\n');
}

/** What the documents' comments stand for. */
function parts(): Readonly<Record<string, string>> {
  const prod = builtInConfigOf('prod');
  const dev = builtInConfigOf('dev');
  const thrifty = configFrom('thrifty', environmentSamples);
  const frugal = configFrom('frugal', environmentSamples);
  const inventory = takeInventory(synthesise('prod', { config: prod }));
  const idleDev = billOf(dev, takeInventory(synthesise('dev', { config: dev })), idle);
  return {
    summary: summary({ prod, thrifty, frugal }, inventory),
    scale: scale({ prod, thrifty }),
    dev: `dev idle costs ${dollars(idleDev.usd)} at list prices, ${dollars(idleDev.usdAfterAllowances)} after what an account never pays for, if it has nothing\nelse. Each further month that a million events are kept costs ${finely(keepingMillion())}.`,
    'dev idle': fenced(idleDev),
    'thrifty 100': fenced(billOf(thrifty, inventory, at(100))),
    'thrifty 1000': fenced(billOf(thrifty, inventory, at(1_000))),
    freshness: freshness({ prod, thrifty }, inventory),
  };
}

/** A document with the figures of today, found by its comments. @throws when a comment stands for nothing. */
export function fillCostDocument(text: string): string {
  const known = parts();
  return text.replace(
    /(<!-- bill: ([\w ]+) -->\n)[\s\S]*?(\n<!-- end -->)/g,
    (_, open: string, name: string, close: string) => {
      const part = known[name];
      if (part === undefined) throw new Error(`Nothing is known as "${name}".`);
      return `${open}\n${part}\n${close}`;
    },
  );
}
