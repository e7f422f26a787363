import { describe, expect, it } from 'vitest';
import { readChecks } from '../../cli/conformance/checks.ts';
import { takeSnapshots } from '../../lambdas/lifecycle/snapshots.ts';
import { silent } from '../support/pipeline.ts';
import {
  countOf,
  currentTenant,
  item,
  pageRows,
  pool,
  rowsOf,
  storedStates,
  titled,
  titles,
  trackTogether,
  useTenants,
  view,
} from './scenario.ts';
import { digestVault, loadAgain } from './vault-state.ts';

useTenants();

describe('satellites', () => {
  it('S3: loading a batch again adds and closes no row, also with several changes of a key in it', async () => {
    const requests = await trackTogether(titled('Beth'), titled('Beah'), titled('Beth'));
    await loadAgain(pool(), requests, [1]);
    const before = await digestVault(pool());
    await loadAgain(pool(), requests, [3]);
    await loadAgain(pool(), [...requests].reverse(), [2, 1]);
    expect(await digestVault(pool())).toEqual(before);
    expect(await titles()).toEqual(['Beth', 'Beah', 'Beth']);
  });

  it('S4: A, B, A over three batches gives three rows, each ending where the next begins', async () => {
    for (const title of ['Beth', 'Beah', 'Beth']) await currentTenant().track(titled(title));
    const rows = await pageRows();
    expect(rows.map(({ page_title }) => page_title)).toEqual(['Beth', 'Beah', 'Beth']);
    expect(rows.map(({ load_end_date }) => load_end_date)).toEqual([
      rows[1]?.load_date,
      rows[2]?.load_date,
      null,
    ]);
  });

  it('S5: A, B, A inside one batch gives all changes, of a new key and of one that stands at A', async () => {
    await trackTogether(titled('Beth'), titled('Beah'), titled('Beth'));
    expect(await titles()).toEqual(['Beth', 'Beah', 'Beth']);
    await trackTogether(titled('Beah'), titled('Beth'), titled('Beah'), titled('Beth'));
    expect(await titles()).toEqual(['Beth', 'Beah', 'Beth', 'Beah', 'Beth', 'Beah', 'Beth']);
  });

  it('S6: consecutive equal observations give one row, over batches and inside one', async () => {
    await currentTenant().track(titled('Beth'));
    await currentTenant().track(titled('Beth'));
    await trackTogether(titled('Beth'), titled('Beah'), titled('Beah'));
    await currentTenant().track(titled('Beah'));
    expect(await titles()).toEqual(['Beth', 'Beah']);
    expect(await storedStates()).toBe(2);
  });

  it('S6: a snapshot that says what the one before said is not written', async () => {
    const snapshotRows = () =>
      rowsOf<{ relation: string; rows: number }>(
        `SELECT 'page' AS relation, count(*)::int AS rows FROM business.site_page_snapshot_s WHERE tenant_hk = $1
         UNION ALL SELECT 'item', count(*)::int FROM business.business_item_snapshot_s WHERE tenant_hk = $1
         UNION ALL SELECT 'visitor', count(*)::int FROM business.site_visitor_snapshot_s WHERE tenant_hk = $1`,
      );
    const later = (hours: number) => new Date(Date.now() + hours * 3_600_000);
    await currentTenant().track([
      view({ timestamp: '2026-03-02T08:00:00Z' }),
      item({ timestamp: '2026-03-02T08:05:00Z' }),
      view({ timestamp: '2026-03-02T08:10:00Z' }),
    ]);
    await takeSnapshots(pool(), silent, later(1));
    const before = await snapshotRows();
    await currentTenant().track([
      view({ event_type: 'scroll', timestamp: '2026-03-02T08:06:00Z' }),
      view({
        event_type: 'transaction_step',
        evt_action: 'start',
        item_id: 'boots',
        timestamp: '2026-03-02T08:07:00Z',
      }),
    ]);
    await takeSnapshots(pool(), silent, later(48));
    expect(await snapshotRows()).toEqual(before);
    await currentTenant().track(view({ timestamp: '2026-03-02T08:08:00Z' }));
    await takeSnapshots(pool(), silent, later(96));
    expect(await snapshotRows()).toContainEqual({ relation: 'page', rows: 2 });
  });

  it('S7: the first of a batch is skipped when it equals the row in force, and later changes are kept', async () => {
    await currentTenant().track(titled('Beth'));
    await trackTogether(titled('Beth'), titled('Beah'), titled('Charley'));
    expect(await titles()).toEqual(['Beth', 'Beah', 'Charley']);
    expect(await storedStates()).toBe(3);
  });

  it('S8: exact duplicates in a batch give one row', async () => {
    const event = titled('Beth');
    await trackTogether([event, event, event], event);
    await trackTogether([titled('Beth'), titled('Beth')], titled('Beth'));
    expect(await titles()).toEqual(['Beth']);
    expect(await storedStates()).toBe(1);
  });

  it('S12: from a value to none and back are changes, and a row without any value has a hash of its own', async () => {
    for (const title of ['Beth', undefined, 'Beth']) await currentTenant().track(titled(title));
    expect(await titles()).toEqual(['Beth', null, 'Beth']);
    await currentTenant().track(view({ visitor_id: 'nobody' }), { kind: 'secret' });
    const hashes = await rowsOf<{ hash_diff: Buffer }>(
      `SELECT DISTINCT details.hash_diff FROM business.site_page_details_s AS details
       JOIN business.site_page_h AS hub USING (site_page_hk) WHERE hub.tenant_hk = $1 AND details.load_end_date IS NOT NULL`,
    );
    expect(hashes).toHaveLength(2);
    const visitors = await rowsOf<{ hash_diff: Buffer | null; user_agent: null }>(
      `SELECT details.hash_diff, details.user_agent, details.browser_name, details.viewport_size
       FROM business.site_visitor_details_s AS details JOIN business.site_visitor_h AS hub USING (site_visitor_hk)
       WHERE hub.tenant_hk = $1 AND hub.site_visitor_bk = 'nobody'`,
    );
    expect(visitors).toEqual([
      { hash_diff: expect.any(Buffer), user_agent: null, browser_name: null, viewport_size: null },
    ]);
  });

  it('S13: figures are hashed as they are stored, to two decimals', async () => {
    for (const ratio of [4 / 3, 1.3333]) {
      await currentTenant().track(
        item({ device_pixel_ratio: ratio, items: [{ id: 'boots', price: -0.001 * ratio }] }),
      );
    }
    await currentTenant().track(item({ device_pixel_ratio: 1.33, items: [{ id: 'boots', price: 0 }] }));
    expect(await countOf('site_visitor_state_r')).toBe(1);
    expect(await countOf('business_item_state_r')).toBe(1);
    const [check] = readChecks().filter(({ id }) => id === 'S13');
    expect((await pool().query(check?.query ?? '')).rows).toEqual([]);
  });

  it('S14: an event without a page or an item writes no state and no history of one', async () => {
    await currentTenant().track(view({ event_type: 'note', page_url: undefined, page_title: 'Nowhere' }));
    expect(await countOf('site_page_state_r')).toBe(0);
    expect(await countOf('business_item_state_r')).toBe(0);
    const { rows } = await pool().query(
      `SELECT count(*)::int AS rows FROM business.site_page_history WHERE site_page_hk = decode(repeat('00', 20), 'hex')`,
    );
    expect(rows).toEqual([{ rows: 0 }]);
  });

  it('S15: a key that a batch does not name stays open and as it was', async () => {
    await currentTenant().track(titled('Beth'));
    const before = await pageRows();
    await currentTenant().track(titled('Other', { page_url: 'https://shop.example/other' }));
    await currentTenant().track(view({ event_type: 'note', page_url: undefined }));
    expect((await pageRows()).filter(({ page_title }) => page_title === 'Beth')).toEqual(before);
  });

  it('S17: of two states with one load date the last event speaks, in whatever order they were sent', async () => {
    const early = titled('Beth', { timestamp: '2026-03-02T08:00:00Z' });
    const late = titled('Beah', { timestamp: '2026-03-02T08:00:01Z' });
    await currentTenant().track([late, early]);
    expect(await titles()).toEqual(['Beah']);
    await currentTenant().track([
      titled('Charley', { timestamp: '2026-03-02T09:00:00Z' }),
      titled('Beth', { timestamp: '2026-03-02T09:00:01Z' }),
    ]);
    expect(await titles()).toEqual(['Beah', 'Beth']);
  });

  it('S18: a change of case or of a leading blank alone is a change', async () => {
    for (const title of ['Beth', 'beth', ' beth', 'beth', 'e\u0301', '\u00e9'])
      await currentTenant().track(titled(title));
    expect(await titles()).toEqual(['Beth', 'beth', ' beth', 'beth', 'e\u0301', '\u00e9']);
  });

  it('S18: a change of the pixel ratio alone is a change', async () => {
    for (const ratio of [1, 2, 1.25]) await currentTenant().track(view({ device_pixel_ratio: ratio }));
    const rows = await rowsOf<{ hash_diff: string }>(
      `SELECT DISTINCT encode(details.hash_diff, 'hex') AS hash_diff FROM business.site_visitor_details_s AS details
       JOIN business.site_visitor_h AS hub USING (site_visitor_hk) WHERE hub.tenant_hk = $1`,
    );
    expect(rows).toHaveLength(3);
  });
});
