import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { provisionTenant } from '../../lambdas/tenancy/provision.ts';
import { onevault } from '../support/onevault-process.ts';
import { type StackUnderTest, startStack } from '../support/stack.ts';

const ownLog = 'samples/access.log.gz';
const realLog = '../shared/data/access.log.gz';

const result = z.object({
  lines: z.number(),
  pageViews: z.number(),
  otherEvents: z.record(z.string(), z.number()),
  skipped: z.record(z.string(), z.number()),
  rejected: z.record(z.string(), z.number()),
  accepted: z.number(),
  duplicates: z.number(),
  new: z.number(),
});
const sum = (counts: Record<string, number>) => Object.values(counts).reduce((total, n) => total + n, 0);

let stack: StackUnderTest;
let pool: pg.Pool;
beforeAll(async () => {
  stack = await startStack();
  pool = new pg.Pool({ connectionString: stack.databaseUrl, max: 2 });
});
afterAll(async () => {
  await pool.end();
  await stack.stop();
});

const answered = (status: number) =>
  `$1 ~ /^[0-9A-Za-z.:_-]+$/ && $${status} ~ /^[1-5][0-9][0-9]$/ && $${status + 1} ~ /^([0-9]+|-)$/`;
/** A line whose request has a method, a target and a protocol. */
const wellFormed = answered(9);
/** A line whose request may be anything that holds no blank. */
const anyRequest = `(${wellFormed}) || (${answered(7)})`;

/** What awk says of some lines of a log, one "count key" a line. */
function awk(log: string, lines: string, program: string): string[] {
  const script = `gzip -dc "$1" | awk "$2" | sort | uniq -c | awk '{ n = $1; $1 = ""; print n $0 }'`;
  return execFileSync('sh', ['-c', script, 'sh', log, `${lines} ${program}`], { encoding: 'utf8' })
    .trim()
    .split('\n');
}

const byCount = (a: string, b: string) =>
  Number(b.split(' ')[0]) - Number(a.split(' ')[0]) || (a < b ? -1 : 1);

describe.each([
  { log: ownLog, lines: 5_000, tenantId: 'own-log' },
  { log: realLog, lines: 10_000, tenantId: 'real-log' },
])('import of $log', ({ log, lines, tenantId }) => {
  describe.skipIf(!existsSync(log))(`(needs ${log})`, () => {
    let tokens: Awaited<ReturnType<typeof provisionTenant>>['tokens'];
    const importLog = async () => {
      const { stdout, stderr, exitCode } = await onevault([
        'import',
        log,
        '--json',
        '--api-url',
        stack.url,
        '--tenant',
        tenantId,
        '--token',
        tokens.secret,
      ]);
      expect(exitCode, stderr).toBe(0);
      return result.parse(JSON.parse(stdout));
    };
    const details = async (select: string): Promise<string[]> => {
      const { rows } = await pool.query(
        `SELECT count(*) || ' ' || (${select}) AS line
         FROM business.site_event_details_s JOIN business.site_event_h AS hub USING (site_event_hk)
         JOIN auth.tenant_h AS tenant ON tenant.tenant_hk = hub.tenant_hk
         WHERE tenant.tenant_bk = $1 AND custom_properties ->> 'request_target' IS NOT NULL GROUP BY ${select}`,
        [tenantId],
      );
      return rows.map(({ line }) => line);
    };
    let first: z.infer<typeof result>;

    it('accounts for every line, and has all of them in the vault within 10 seconds, nothing left anywhere', async () => {
      ({ tokens } = await provisionTenant(pool, { tenantId, siteId: 'main', name: 'Log' }));
      first = await importLog();
      expect(first.lines).toBe(lines);
      expect(first.pageViews + sum(first.otherEvents) + sum(first.skipped) + sum(first.rejected)).toBe(lines);
      expect(first.accepted).toBe(first.pageViews + sum(first.otherEvents));
      const waited = await onevault([
        'status',
        '--wait',
        '10',
        '--json',
        '--api-url',
        stack.url,
        '--tenant',
        tenantId,
        '--token',
        tokens.read,
      ]);
      expect(waited.exitCode, waited.stderr).toBe(0);
      const status = JSON.parse(waited.stdout);
      expect(status.stages).toMatchObject({
        pending: { events: 0 },
        vault: { events: first.accepted - first.duplicates },
        quarantined: { events: 0 },
      });
      for (const queue of status.queues) expect(queue).toMatchObject({ visible: 0, in_flight: 0 });
    });

    it('adds nothing the second time', async () => {
      const second = await importLog();
      expect(second).toMatchObject({ lines, new: 0, accepted: first.accepted, duplicates: first.accepted });
    });

    it('agrees with awk on the status codes', async () => {
      expect((await details("custom_properties ->> 'status'")).sort()).toEqual(
        awk(log, wellFormed, '{ print $9 }').sort(),
      );
    });

    it('agrees with awk on the ten most requested paths', async () => {
      const expected = awk(log, wellFormed, '{ print $7 }').sort(byCount).slice(0, 10);
      const found = (await details("custom_properties ->> 'request_target'")).sort(byCount).slice(0, 10);
      expect(found).toEqual(expected);
    });

    it('agrees with awk on the number of client addresses, of which it keeps none', async () => {
      const { rows } = await pool.query(
        `SELECT count(DISTINCT (context.value ->> 'visitor_ip_hash'))::int AS addresses
         FROM raw.site_tracking_requests_r, LATERAL jsonb_each(event_context) AS context WHERE tenant_id = $1`,
        [tenantId],
      );
      // The key of an address changes every day, so an address counts once a day; IPv6 counts by its /64 network.
      const days = awk(
        log,
        anyRequest,
        '{ n = split($1, part, ":"); network = n > 1 ? part[1] ":" part[2] ":" part[3] ":" part[4] : $1; print network, substr($4, 2, 11) }',
      );
      expect(rows[0].addresses).toBe(days.length);
    });
  });
});
