import { createHash } from 'node:crypto';
import type pg from 'pg';
import * as z from 'zod';
import { inTransaction, type Queryable, type Tenant } from '../../platform/postgres.ts';
import { readStatement } from '../../platform/statement.ts';
import { type Signature, signDocument } from '../../tenancy/signed-document.ts';
import type { VisitorKey } from '../../tenancy/visitor-keys.ts';
import { hashKey } from '../../vault/hash-key.ts';
import { Archive, type ArchivedFile } from './archive.ts';
import { CURSOR, cursorOn, exportedTables } from './export-tables.ts';
import { EXPORT_FORMAT, MANIFEST } from './formats.ts';
import { findVisitorEvents } from './visitor-events.ts';

const countShared = readStatement('export/count_shared_sessions');
const sharedRow = z.object({ sessions: z.number() });
const exportedRow = z.object({ row: z.string() });

const ROWS_AT_ONCE = 500;
const fetchRows = `FETCH ${ROWS_AT_ONCE} FROM ${CURSOR}`;
const closeCursor = `CLOSE ${CURSOR}`;

/** What an export was, without a word of what it holds. */
export interface ExportSummary {
  readonly files: readonly ArchivedFile[];
  readonly rows: number;
  /** Sessions that are not in it because others took part in them; the visitor's own events of these are. */
  readonly shared_sessions: number;
  readonly archive: { readonly bytes: number; readonly sha256: string };
  readonly signature: Signature;
}

export interface ExportRequest {
  readonly jobId: string;
  /** As it was asked for. */
  readonly visitorId: string;
  /** Under which the visitor may be stored. */
  readonly ids: readonly string[];
  readonly madeAt: Date;
}

export interface Export {
  readonly archive: Buffer;
  readonly summary: ExportSummary;
}

/**
 * Reads everything that is known of a visitor, as of one moment, and packs it: a file of JSON lines for each table, and a signed
 * manifest that says how many there are.
 */
export function exportVisitor(
  pool: pg.Pool,
  tenant: Tenant,
  key: VisitorKey,
  { jobId, visitorId, ids, madeAt }: ExportRequest,
): Promise<Export> {
  return inTransaction(pool, async (client) => {
    await client.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await client.query('SELECT auth.act_for($1, $2)', [tenant.tenantId, tenant.tenantHk]);
    const visitors = ids.map((id) => hashKey(tenant.tenantId, id));
    const archive = new Archive(madeAt);
    const events = await findVisitorEvents(client, tenant, new Set(ids), visitors);
    const files = [
      await archive.writeLines('raw.site_tracking_events_r.jsonl', events.raw()),
      await archive.writeLines('staging.quarantined_events.jsonl', events.quarantined()),
    ];
    for (const table of exportedTables) {
      const rows = rowsOf(client, cursorOn(table), [tenant.tenantHk, visitors]);
      files.push(await archive.writeLines(`${table.table}.jsonl`, rows));
    }
    const shared = sharedRow.parse((await client.query(countShared, [tenant.tenantHk, visitors])).rows[0]);
    const written = files.filter((file) => file !== null);
    const said = {
      files: written,
      rows: written.reduce((sum, { rows }) => sum + rows, 0),
      shared_sessions: shared.sessions,
    };
    const manifest = signDocument(key, {
      format: EXPORT_FORMAT,
      tenant_id: tenant.tenantId,
      visitor_id: visitorId,
      job_id: jobId,
      made_at: madeAt.toISOString(),
      key_version: key.version,
      ...said,
    });
    const bytes = archive.finish(MANIFEST, `${JSON.stringify(manifest, null, 2)}\n`);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return {
      archive: bytes,
      summary: { ...said, archive: { bytes: bytes.length, sha256 }, signature: manifest.signature },
    };
  });
}

/** The rows of a cursor, a few at a time. */
async function* rowsOf(
  client: Queryable,
  openCursor: string,
  values: readonly unknown[],
): AsyncGenerator<string> {
  await client.query(openCursor, values);
  for (;;) {
    const { rows } = await client.query(fetchRows);
    for (const { row } of z.array(exportedRow).parse(rows)) yield row;
    if (rows.length < ROWS_AT_ONCE) break;
  }
  await client.query(closeCursor);
}
