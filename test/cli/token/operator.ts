import { afterAll, beforeAll } from 'vitest';
import * as z from 'zod';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { onevault } from '../../support/onevault-process.ts';

const act = z.object({
  tenant: z.string().nullable(),
  actor: z.string(),
  action: z.string(),
  outcome: z.string(),
  subject: z.string().nullable(),
});

/** A database for a file of tests, and the command line on it. */
export function useOperator() {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase();
  });
  afterAll(() => database.drop());

  const run = (...argv: string[]) => onevault(argv, { environment: { SYSTEM_DATABASE_URL: database.url } });
  return {
    pool: () => database.pool,
    database: () => database,
    run,
    /** Runs a command that must succeed. */
    async done(...argv: string[]): Promise<string> {
      const { exitCode, stdout, stderr } = await run(...argv);
      if (exitCode !== 0) throw new Error(`onevault ${argv.join(' ')} ended with ${exitCode}: ${stderr}`);
      return stdout;
    },
    /** Runs a command that must succeed, and reads its JSON. */
    async json<Shape extends z.ZodType>(shape: Shape, ...argv: string[]): Promise<z.infer<Shape>> {
      const { exitCode, stdout, stderr } = await run(...argv, '--json');
      if (exitCode !== 0) throw new Error(`onevault ${argv.join(' ')} ended with ${exitCode}: ${stderr}`);
      return shape.parse(JSON.parse(stdout));
    },
    /** Runs a command that must be refused, and gives its sentence. */
    async refused(...argv: string[]): Promise<string> {
      const { exitCode, stdout, stderr } = await run(...argv);
      if (exitCode !== 1 || stdout !== '')
        throw new Error(`It ended with ${exitCode} and printed: ${stdout}`);
      return stderr;
    },
    /** What the audit log says operators did to a tenant, in order. */
    async acts(tenantId: string): Promise<z.infer<typeof act>[]> {
      const { rows } = await database.pool.query(
        `SELECT tenant.tenant_bk AS tenant, act.actor, act.action, act.outcome, act.subject
         FROM auth.audit_log AS act JOIN auth.tenant_h AS tenant USING (tenant_hk)
         WHERE tenant.tenant_bk = $1 ORDER BY act.audit_id`,
        [tenantId],
      );
      return z.array(act).parse(rows);
    },
    /** Whether a token opens anything now. */
    async isLive(token: string): Promise<boolean> {
      const { rows } = await database.pool.query(
        "SELECT count(*)::int AS n FROM auth.find_caller(sha256(convert_to($1, 'UTF8')))",
        [token],
      );
      return z.object({ n: z.number() }).parse(rows[0]).n === 1;
    },
  };
}

export const issued = z.object({
  token_id: z.uuid(),
  token: z.string(),
  kind: z.string(),
  site_id: z.string(),
  name: z.string(),
  expires_at: z.string().nullable(),
});
export const rotated = z.array(issued.extend({ replaces: z.uuid(), replaced_until: z.string() }));
export const listed = z.array(
  z.object({
    token_id: z.uuid(),
    kind: z.string(),
    name: z.string(),
    site_id: z.string(),
    token: z.string(),
    state: z.string(),
    origins: z.array(z.string()).nullable(),
    scopes: z.array(z.string()).nullable(),
    rate_limit: z.number().nullable(),
    created_at: z.string(),
    expires_at: z.string().nullable(),
    revoked_at: z.string().nullable(),
    last_used_at: z.string().nullable(),
  }),
);
