import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import * as z from 'zod';
import { type ProvisionedTenant, provisionTenant } from '../../lambdas/tenancy/provision.ts';
import { synthesise } from '../../lib/synthesise.ts';
import { type StackUnderTest, startStack, until } from '../support/stack.ts';

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
  /** Sends events of a tenant and waits until the vault has them. */
  track(tenant: ProvisionedTenant, events: readonly { readonly event_id: string }[]): Promise<void>;
  /** Everything that the stack's processes have logged. */
  logs(): string;
  stop(): Promise<void>;
}

/** A running stack that logs all it can, with two tenants that have the same site. */
export async function startGround(): Promise<HttpGround> {
  const directory = mkdtempSync(join(tmpdir(), 'onevault-isolation-'));
  const template = join(directory, 'template.json');
  const talkative = JSON.stringify(synthesise('dev')).replace(/"LOG_LEVEL":"\w+"/g, '"LOG_LEVEL":"DEBUG"');
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
  return {
    stack,
    pool,
    a,
    b,
    call,
    async track(tenant, events) {
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
