import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import * as z from 'zod';
import { type ProvisionedTenant, provisionTenant } from '../../lambdas/tenancy/provision.ts';
import { type StackUnderTest, startStack, TEMPLATE_VARIABLE, until } from '../support/stack.ts';
import { ITEM, idOf, OF_B_ONLY, PAGE, SESSION, VISITOR } from './ground.ts';

const countRow = z.object({ n: z.number() });
const problem = z.looseObject({ code: z.string().optional() });

export interface Call {
  readonly method?: string;
  readonly token?: string;
  readonly customer?: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

export interface HttpGround {
  readonly stack: StackUnderTest;
  readonly pool: pg.Pool;
  readonly a: ProvisionedTenant;
  readonly b: ProvisionedTenant;
  /** Calls the API, as A with its admin token unless told otherwise. */
  call(
    path: string,
    call?: Call,
  ): Promise<{ status: number; headers: Headers; text: string; code: string | undefined }>;
  /** Rows of a table, and what follows it in a statement. */
  count(from: string, values?: readonly unknown[]): Promise<number>;
  /** Sends events of a tenant and waits until the vault has them. */
  track(tenant: ProvisionedTenant, events: readonly { readonly event_id: string }[]): Promise<void>;
  /** Everything that the stack's processes have logged. */
  logs(): string;
  stop(): Promise<void>;
}

/** A running stack that logs all it can, with two tenants whose visitors, sessions, events, pages and items have the same ids. */
export async function startGround(): Promise<HttpGround> {
  const directory = mkdtempSync(join(tmpdir(), 'onevault-isolation-'));
  const template = join(directory, 'template.json');
  const shared = readFileSync(z.string().parse(process.env[TEMPLATE_VARIABLE]), 'utf8');
  const talkative = shared.replace(/"LOG_LEVEL":\s*"\w+"/g, '"LOG_LEVEL":"DEBUG"');
  writeFileSync(template, talkative);
  const stack = await startStack({ dataDir: directory, args: ['--template', template] });
  const pool = new pg.Pool({ connectionString: stack.databaseUrl, max: 3 });
  const [a, b] = [
    await provisionTenant(pool, { tenantId: 'tenant-a', siteId: 'main', name: 'A' }),
    await provisionTenant(pool, { tenantId: 'tenant-b', siteId: 'main', name: 'B' }),
  ];
  await provisionTenant(pool, { tenantId: b.id, siteId: 'site-of-b', name: 'B' });

  const call: HttpGround['call'] = async (path, { method, token, customer, headers, body } = {}) => {
    const response = await fetch(stack.url + path, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: {
        authorization: `Bearer ${token ?? a.tokens.admin}`,
        'x-customer-id': customer ?? a.id,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    const { code } = isJson ? problem.parse(JSON.parse(text)) : { code: undefined };
    return { status: response.status, headers: response.headers, text, code };
  };
  const track: HttpGround['track'] = async (tenant, events) => {
    await call('/api/v1/track/batch', {
      token: tenant.tokens.secret,
      customer: tenant.id,
      body: { events },
    });
    await until('the events are in the vault', async () => {
      const { rows } = await pool.query(
        `SELECT count(*)::int AS n
           FROM business.site_event_nl AS event
           JOIN auth.tenant_h AS tenant ON tenant.tenant_hk = event.tenant_hk AND tenant.tenant_bk = $1
           WHERE event.site_event_bk = ANY ($2::uuid[])`,
        [tenant.id, events.map(({ event_id }) => event_id)],
      );
      return rows[0]?.n === events.length;
    });
  };

  const visit = (mark: string) =>
    Array.from({ length: 3 }, (_, n) => ({
      event_id: idOf(n + 1),
      event_type: 'page_view',
      timestamp: new Date(Date.now() - 3_600_000 + n * 60_000).toISOString(),
      visitor_id: VISITOR,
      session_id: SESSION,
      page_url: `${PAGE}?utm_source=${mark}&utm_campaign=${mark}`,
      page_title: mark,
      items: [{ id: ITEM, name: mark }],
    }));
  await track(a, visit('mark-of-a'));
  await track(b, [
    ...visit('mark-of-b'),
    ...Array.from({ length: 3 }, (_, n) => ({
      event_id: n === 0 ? OF_B_ONLY : idOf(200 + n),
      event_type: n === 0 ? 'page_view' : 'click',
      visitor_id: 'visitor-of-b',
      session_id: `session-of-b-${n}`,
      page_url: `https://b.example/mark-of-b/${n}?utm_source=mark-of-b-${n}`,
      page_title: 'mark-of-b',
      items: [{ id: `item-of-b-${n}`, name: 'mark-of-b' }],
    })),
  ]);
  return {
    stack,
    pool,
    a,
    b,
    call,
    track,
    async count(from, values = []) {
      const { rows } = await pool.query(`SELECT count(*)::int AS n FROM ${from}`, [...values]);
      return countRow.parse(rows[0]).n;
    },
    logs() {
      const folder = join(directory, 'logs');
      return [
        stack.output(),
        ...readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8')),
      ].join('\n');
    },
    async stop() {
      await pool.end();
      await stack.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
