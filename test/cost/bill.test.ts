import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { configOf } from '../../lib/environments.ts';
import { synthesise } from '../../lib/synthesise.ts';
import { type Bill, billOf, idle, perMillion } from '../../scripts/cost/bill.ts';
import { costDocuments, environmentSamples, fillCostDocument } from '../../scripts/cost/document.ts';
import { configFrom } from '../../scripts/cost/environment.ts';
import { type Inventory, takeInventory } from '../../scripts/cost/inventory.ts';
import { type PriceName, prices } from '../../scripts/cost/prices.ts';

const thrifty = configFrom('thrifty', environmentSamples);
const isPriceName = (name: string): name is PriceName => Object.hasOwn(prices, name);
const priceNames = Object.keys(prices).filter(isPriceName);
const frugal = configFrom('frugal', environmentSamples);
const dev = configOf('dev');
const prod = configOf('prod');

let inventories: Readonly<Record<'dev' | 'prod', Inventory>>;
beforeAll(() => {
  inventories = { dev: takeInventory(synthesise('dev')), prod: takeInventory(synthesise('prod')) };
}, 120_000);

const at = (eventsPerSecond: number) => ({ eventsPerSecond, batch: 10, tenants: 10 });
const line = (bill: Bill, what: string) => {
  const found = bill.lines.find((each) => each.what === what);
  if (found === undefined) throw new Error(`The bill has no line "${what}".`);
  return found;
};

describe('the targets', () => {
  it('dev idle must not exceed $20 a month at list prices', () => {
    expect(billOf(dev, inventories.dev, idle).usd).toBeLessThanOrEqual(20);
  });

  it.each([
    ['100 events/s must not exceed $1.40 a million, with a reader that stands by', thrifty, 100, 1.4],
    ['1,000 events/s must not exceed $0.40 a million, without a reader', frugal, 1_000, 0.4],
    ['1,000 events/s must not exceed the published $0.42 a million, with a reader', thrifty, 1_000, 0.42],
  ])('%s, and events at most 60 s old as long as others arrive', (_, config, eventsPerSecond, most) => {
    const bill = billOf(config, inventories.prod, at(eventsPerSecond));
    expect(Math.max(bill.freshness.longest, bill.freshness.leftBehind)).toBeLessThanOrEqual(60);
    expect(perMillion(bill)).toBeLessThanOrEqual(most);
  });

  it('the last events before silence must not wait longer for the sweeper than two minutes', () => {
    expect(billOf(thrifty, inventories.prod, at(100)).freshness.swept).toBeLessThanOrEqual(120);
  });
});

describe('each line, by hand for thrifty at 100 events/s in requests of 10', () => {
  /** 730 hours. */
  const seconds = 2_628_000;
  const requests = 10 * seconds;
  /** 5 pollers with a window of 10 s. */
  const invocations = 0.5 * seconds;
  /** Of ingest: 2.75 ms of work at 512 of 1,769 MB, 1.2 in Postgres, 1.1 round trips. */
  const milliseconds = 2.75 / (512 / 1_769) + 1.2 + 1.1;
  /** A second: each process of ingest rings once in 10 s, in one call with a message for each of 10 tenants. */
  const rings = (2 + 8.6 * Math.sqrt((10 * milliseconds) / 1_000)) / 10;
  const calls = rings + 0.5;
  /** Staging rings for 10 tenants, too. Received one by one, and deleted with each invocation. */
  const sqs = (calls + 10 * calls + 2 * 0.5) * seconds;
  it.each<readonly [string, number, number]>([
    ['HTTP API requests', requests, 1 / 1e6],
    ['Data out', (requests * (500 + 10 * 83)) / 1e9, 0.09],
    ['Lambda ingest, requests', requests, 0.2 / 1e6],
    // In whole milliseconds, and 8 of SQS for those that ring.
    [
      'Lambda ingest, time',
      (requests * Math.ceil(milliseconds) + rings * seconds * 8) * 0.001 * 0.5,
      0.0000133334,
    ],
    ['Lambda staging, requests', invocations, 0.2 / 1e6],
    // 200 events: 4 + 18 of work, 2.6 + 14 in Postgres, 1 to look for what was left, 9 round trips and 8 of SQS.
    ['Lambda staging, time', invocations * Math.ceil(56.6) * 0.001 * (1_769 / 1_024), 0.0000133334],
    ['Lambda business, requests', invocations, 0.2 / 1e6],
    [
      'Lambda business, time',
      invocations * Math.ceil(3.5 + 2 + 5.2 + 12.4 + 32) * 0.001 * (1_769 / 1_024),
      0.0000133334,
    ],
    ['SQS, sent, received, deleted', sqs, 0.4 / 1e6],
    ['SQS, fair queues', sqs, 0.1 / 1e6],
    ['SQS, polls in vain', 0, 0.4 / 1e6],
    ['VPC endpoint', 2 * 730, 0.01],
    ['VPC endpoint, data', (calls * seconds * 2_000) / 1e9, 0.01],
    // The writer's least, and the reader's.
    ['Aurora capacity', (0.5 + 0.5) * 730, 0.12],
    ['Aurora storage, month of arrival', (100 * seconds * 996 * 0.5) / 1e9 + 1, 0.1],
    // Bytes of log: 4,840 a request; 4,240 and 213,500 an invocation.
    ['Aurora writes', ((10 * 4_840 + 0.5 * (4_240 + 213_500)) / 4_096) * seconds, 0.2 / 1e6],
    // What API Gateway fills in makes 224 bytes; CloudWatch adds 26.
    ['Access log', (requests * (224 + 26)) / 1e9, 0.5],
    // 395 bytes of ingest; 710 and 11 an event of both consumers; 26 a line; 1,500 a job.
    [
      'Functions’ logs and metrics lines',
      ((10 * (395 + 26) + 2 * 0.5 * (2_910 + 52)) * seconds +
        (730 / 24) * (1_440 + 288 + 24 + 24 + 1_440 + 1) * 1_500) /
        1e9,
      0.5,
    ],
    ['Traces', 0, 5 / 1e6],
    ['Alarms', 44, 0.1],
    ['Encryption key', 1, 1],
  ])('%s', (what, quantity, unitPrice) => {
    const inventory = { ...inventories.prod, alarms: 44 };
    const found = line(billOf(thrifty, inventory, at(100)), what);
    expect(found.quantity).toBeCloseTo(quantity, 4);
    expect(found.usd).toBeCloseTo(quantity * unitPrice, 6);
  });

  it('the lines make the sum', () => {
    const bill = billOf(thrifty, inventories.prod, at(100));
    expect(bill.usd).toBeCloseTo(
      bill.lines.reduce((sum, { usd }) => sum + usd, 0),
      9,
    );
    expect(perMillion(bill)).toBeCloseTo(bill.usd / 262.8, 9);
  });
});

describe('a cluster that sleeps', () => {
  const idleDev = (schedule: Partial<typeof dev.schedule>) =>
    billOf({ ...dev, schedule: { ...dev.schedule, ...schedule } }, inventories.dev, idle);
  const awake = 'Aurora capacity, awake for jobs';

  it('is paid for from each wake-up to its pause: 365 times 5.75 minutes of one ACU', () => {
    expect(line(idleDev({}), awake).quantity).toBeCloseTo((365 * 5.75) / 60, 6);
  });

  it('is woken again by a job that meets no other', () => {
    const apart = idleDev({ partitions: { hour: 4, minute: 17 } });
    expect(line(apart, awake).quantity).toBeCloseTo(((365 + 730 / 24) * 5.75) / 60, 6);
  });

  it('is measured, and its metrics charged, in the hours in which a job runs', () => {
    expect(line(idleDev({}), 'Metrics of the functions').quantity).toBeCloseTo(9 / 2, 9);
    expect(line(idleDev({ sweepMinutes: 60 }), 'Metrics of the functions').quantity).toBeCloseTo(9, 9);
  });
});

it('a reader that does not follow stays at the least, however large the writer grows', () => {
  const capacity = line(billOf(thrifty, inventories.prod, at(1_000)), 'Aurora capacity').quantity / 730;
  const alone = line(billOf(frugal, inventories.prod, at(1_000)), 'Aurora capacity').quantity / 730;
  expect(alone).toBeGreaterThan(1);
  expect(capacity).toBeCloseTo(alone + 0.5, 6);
});

it('gathering rings makes calls of SQS fewer, and events older by as much', () => {
  const direct = { ...thrifty, processing: { ...thrifty.processing, gatherSeconds: 0 } };
  const gathered = billOf(thrifty, inventories.prod, at(1_000));
  const rung = billOf(direct, inventories.prod, at(1_000));
  expect(gathered.flow.ingest.sends / rung.flow.ingest.sends).toBeLessThan(0.02);
  expect(gathered.freshness.longest - rung.freshness.longest).toBe(10);
});

it('a full call of rings does not wait for its time', () => {
  const { flow } = billOf(thrifty, inventories.prod, { eventsPerSecond: 100_000, batch: 10, tenants: 10 });
  expect(flow.rings).toBeCloseTo(10, 6);
});

it('traces are paid for only where functions start them', () => {
  const traced = (tracing: typeof prod.tracing) =>
    line(billOf({ ...prod, tracing }, inventories.prod, at(100)), 'Traces').quantity;
  expect(traced('active')).toBeGreaterThan(1_000_000);
  expect(traced('passThrough')).toBe(0);
});

it('a load that needs more than the least makes the writer grow, and the reader that may have to take its place', () => {
  const readerless = { ...prod, database: { ...prod.database, readers: 0 } };
  const both = line(billOf(prod, inventories.prod, at(5_000)), 'Aurora capacity').quantity;
  expect(both).toBeGreaterThan(2 * prod.database.minAcu * 730);
  expect(line(billOf(readerless, inventories.prod, at(5_000)), 'Aurora capacity').quantity).toBeCloseTo(
    both / 2,
    6,
  );
});

it.each(priceNames)('changing the price %s changes its lines and no other', (changed) => {
  const before = billOf(prod, inventories.prod, at(100));
  const dearer = { ...prices, [changed]: { ...prices[changed], usd: prices[changed].usd + 1 } };
  const after = billOf(prod, inventories.prod, at(100), dearer);
  for (const [index, each] of after.lines.entries()) {
    const difference = each.usd - (before.lines[index]?.usd ?? 0);
    expect(difference > 0, each.what).toBe(each.price === changed && each.quantity > 0);
  }
});

it('what an account never pays for comes off once, however many lines share it', () => {
  const free = Object.fromEntries(priceNames.map((name) => [name, { ...prices[name], usd: 0 }]));
  const bill = billOf(prod, inventories.prod, at(1), { ...prices, ...free, sqsRequest: prices.sqsRequest });
  const sharing = bill.lines.filter(({ price, quantity }) => price === 'sqsRequest' && quantity > 0);
  expect(sharing).toHaveLength(2);
  expect(bill.usd - bill.usdAfterAllowances).toBeCloseTo(0.4, 9);
});

it('every price says where it was read', () => {
  for (const [name, { source, unit, per }] of Object.entries(prices)) {
    expect(URL.canParse(source), name).toBe(true);
    expect(unit.length, name).toBeGreaterThan(0);
    expect(per, name).toBeGreaterThan(0);
  }
});

it('the documents have the figures as `npm run generate` writes them', () => {
  for (const file of costDocuments) {
    const document = readFileSync(file, 'utf8');
    expect(document, file).toContain('<!-- bill: ');
    expect(fillCostDocument(document)).toBe(document);
  }
}, 60_000);
