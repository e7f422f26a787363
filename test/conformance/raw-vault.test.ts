import { describe, expect, it } from 'vitest';
import { readChecks } from '../../cli/conformance/checks.ts';
import {
  alterRequest,
  countOf,
  currentTenant,
  HUBS,
  hubs,
  item,
  LINKS,
  land,
  pool,
  rowsOf,
  rowsOfTable,
  titled,
  trackTogether,
  useTenants,
  view,
} from './scenario.ts';
import { digestVault } from './vault-state.ts';

useTenants();

describe('hubs', () => {
  it('H3: duplicates inside a batch give one row', async () => {
    await currentTenant().track([item(), item(), item()]);
    expect(await Promise.all(HUBS.map(countOf))).toEqual([1, 1, 1, 1]);
  });

  it('H4: null, empty and blank business keys load no row', async () => {
    await currentTenant().track([
      item({
        session_id: '',
        visitor_id: ' ',
        page_url: '',
        evt_label: 'boots',
        items: [{ id: ' ' }, { name: '' }],
      }),
      view({ event_type: 'note', session_id: null, visitor_id: null, page_url: null }),
    ]);
    const keys = await Promise.all(
      Object.entries(hubs).map(([table, key]) =>
        rowsOf<{ key: string }>(`SELECT ${key} AS key FROM business.${table} WHERE tenant_hk = $1`),
      ),
    );
    expect(keys.flat().filter(({ key }) => key.trim() === '')).toEqual([]);
    expect(keys.map(({ length }) => length)).toEqual([1, 1, 0, 1]);
  });

  it('H5: loading a known key again, later, changes nothing of its row', async () => {
    await currentTenant().track(item());
    const before = await Promise.all(HUBS.map(rowsOfTable));
    await currentTenant().track([item(), item()]);
    await currentTenant().track(item({ page_title: 'other' }));
    expect(await Promise.all(HUBS.map(rowsOfTable))).toEqual(before);
  });

  it('H6: of one batch the earliest load date wins, and of one load date the first record source', async () => {
    const [late, zulu, alpha] = await land(item(), item(), item());
    const { rows } = await pool().query<{ at: Date }>(
      'SELECT received_timestamp AS at FROM raw.site_tracking_requests_r WHERE request_id = $1',
      [zulu],
    );
    const at = rows[0]?.at.toISOString();
    await alterRequest(
      late,
      `received_timestamp = timestamptz '${at}' + interval '1 second', record_source = 'aaa'`,
    );
    await alterRequest(zulu, "record_source = 'zulu'");
    await alterRequest(alpha, `received_timestamp = '${at}', record_source = 'alpha'`);
    await currentTenant().load(await currentTenant().stage([late ?? '', zulu ?? '', alpha ?? '']));
    for (const table of [...HUBS, 'session_slice_visitor_l']) {
      const origin = await rowsOf<{ load_date: Date; record_source: string }>(
        `SELECT load_date, record_source FROM business.${table} WHERE tenant_hk = $1`,
      );
      expect(
        origin.map((row) => [row.load_date.toISOString(), row.record_source]),
        table,
      ).toEqual([[at, 'alpha']]);
    }
  });

  it('H7: several sources feeding one hub give one row for each key over several cycles', async () => {
    for (const cycle of [1, 2]) {
      for (const source of ['web', 'app', 'sql']) {
        const requests = await land(item({ cycle }));
        await alterRequest(requests[0], `record_source = '${source}'`);
        await currentTenant().load(await currentTenant().stage(requests));
      }
    }
    for (const table of HUBS) {
      expect(await rowsOf(`SELECT record_source FROM business.${table} WHERE tenant_hk = $1`), table).toEqual(
        [{ record_source: 'web' }],
      );
    }
  });

  it('H8: an empty batch changes nothing and is no error', async () => {
    const requests = await trackTogether(item());
    const before = await digestVault(pool());
    await currentTenant().load([]);
    await currentTenant().stage([]);
    await currentTenant().load(await currentTenant().stage(requests));
    expect(await digestVault(pool())).toEqual(before);
  });
});

describe('links', () => {
  it('L3: an absent participant makes no link, alone or beside others', async () => {
    await currentTenant().track([
      view({ event_type: 'note', page_url: undefined }),
      item({ evt_label: undefined, items: [{ id: 'a' }, { price: 3 }] }),
    ]);
    expect(await countOf('event_business_item_nl')).toBe(1);
    expect(
      await rowsOf(
        `SELECT page.site_page_bk, count(*)::int AS links FROM business.event_page_l AS link
         JOIN business.site_page_h AS page USING (site_page_hk) WHERE link.tenant_hk = $1 GROUP BY 1 ORDER BY 1`,
      ),
    ).toEqual([
      { site_page_bk: '(no page)', links: 1 },
      { site_page_bk: 'https://shop.example/beth', links: 1 },
    ]);
  });

  it('L4: a known pair is left as it is, and a new pair of known hubs is one new row', async () => {
    await currentTenant().track([
      item({ session_id: 's-1', visitor_id: 'ann' }),
      item({ session_id: 's-2', visitor_id: 'bob' }),
    ]);
    const before = await Promise.all(LINKS.map(rowsOfTable));
    await currentTenant().track([
      view({ session_id: 's-1', visitor_id: 'ann' }),
      view({ session_id: 's-2', visitor_id: 'bob' }),
    ]);
    expect(await Promise.all(LINKS.map(rowsOfTable))).toEqual(before);
    await currentTenant().track([
      view({ session_id: 's-1', visitor_id: 'bob' }),
      view({ session_id: 's-1', visitor_id: 'bob' }),
    ]);
    expect(await countOf('session_slice_visitor_l')).toBe((before[0]?.length ?? 0) + 1);
    expect(await Promise.all(HUBS.slice(0, 2).map(countOf))).toEqual([2, 2]);
  });

  it('B1, E7: a session that a client names as half hours are named stays apart from them', async () => {
    const forged = '2026-03-02T08:00Z 1002';
    await currentTenant().track([
      view({ session_id: undefined, timestamp: '2026-03-02T08:05:00Z' }),
      view({ session_id: forged, timestamp: '2026-03-02T08:20:00Z' }),
      view({ session_id: forged, visitor_id: '1003', timestamp: '2026-03-02T08:21:00Z' }),
    ]);
    expect(await countOf('session_slice_h')).toBe(2);
    for (const { name, query } of readChecks().filter(({ id }) => id === 'B1' || id === 'E7')) {
      expect((await pool().query(query)).rows, name).toEqual([]);
    }
  });
});

describe('events', () => {
  const stored = () =>
    rowsOf<{ load_date: Date; page_title: string | null }>(
      'SELECT load_date, page_title FROM business.site_event_details_s JOIN business.site_event_h USING (site_event_hk, load_date) WHERE site_event_h.tenant_hk = $1 ORDER BY event_timestamp',
    );

  it('E2: a second delivery adds no row, in one batch, in a later one, or with a load date of its own', async () => {
    const event = titled('Beth');
    await currentTenant().track([event, event]);
    await currentTenant().track(event);
    const before = await stored();
    expect(before).toHaveLength(1);
    // A second delivery that the registry of ids let through.
    await pool().query('DELETE FROM raw.event_registry');
    expect(await trackTogether(event, event)).toHaveLength(1);
    expect(await stored()).toEqual(before);
    expect(
      await rowsOf('SELECT total_views::int FROM business.site_page_current WHERE tenant_hk = $1'),
    ).toEqual([{ total_views: 1 }]);
  });

  it('E3: of one id with two payloads the first is kept and the second reported', async () => {
    const event = titled('Beth');
    await currentTenant().track(event);
    const { verdicts } = await currentTenant().track({ ...event, page_title: 'Beah' });
    expect(verdicts).toMatchObject([{ status: 'rejected', code: 'id_conflict' }]);
    expect((await stored()).map(({ page_title }) => page_title)).toEqual(['Beth']);
    const { rows } = await pool().query(
      'SELECT reason_code, convert_from(original_bytes, $2) AS bytes FROM staging.quarantined_events WHERE tenant_id = $1',
      [currentTenant().tenantId, 'UTF8'],
    );
    expect(rows).toEqual([{ reason_code: 'id_conflict', bytes: expect.stringContaining('Beah') }]);
  });

  it('E4: an event without a key, or spoilt on its way, has no row, and its neighbours have theirs', async () => {
    const requests = await land([view(), view({ event_type: undefined }), view()]);
    await alterRequest(
      requests[0],
      `body = overlay(body PLACING 'evil_'::bytea FROM position('event_type'::bytea IN body) FOR 5)`,
    );
    await currentTenant().load(await currentTenant().stage(requests));
    expect(await stored()).toHaveLength(1);
    const { rows } = await pool().query(
      'SELECT stage, reason_code FROM staging.quarantined_events WHERE tenant_id = $1 ORDER BY stage',
      [currentTenant().tenantId],
    );
    expect(rows).toContainEqual({ stage: 'STAGING', reason_code: 'missing_field' });
  });

  it('E6: an event older than the newest, by its time or by its arrival, is stored', async () => {
    const [held] = await land(view({ timestamp: '2026-03-02T09:00:00Z' }));
    await currentTenant().track(view({ timestamp: '2026-03-02T10:00:00Z' }));
    await currentTenant().track(view({ timestamp: '2001-01-01T00:00:00Z' }));
    await currentTenant().load(await currentTenant().stage([held ?? '']));
    expect(await stored()).toHaveLength(3);
  });
});
