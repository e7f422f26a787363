import type pg from 'pg';

/** What is added up of a tenant's events, of which an erasure changes nothing: not of pages and items that only the erased dealt with. */
export async function totalsOf(pool: pg.Pool, tenantHk: Buffer): Promise<Readonly<Record<string, unknown>>> {
  const ask = async (text: string) => (await pool.query(text, [tenantHk])).rows;
  return {
    events: await ask(
      `SELECT count(*) AS events, sum(event_value) AS value, count(DISTINCT site_visitor_hk) AS visitors, count(DISTINCT site_session_hk) AS sessions
       FROM business.site_event_facts WHERE tenant_hk = $1`,
    ),
    types: await ask(
      `SELECT event_type, count(*) FROM business.site_event_nl WHERE tenant_hk = $1 AND event_type NOT LIKE 'type-%' AND event_type <> 'erased' GROUP BY 1 ORDER BY 1`,
    ),
    channels: await ask(
      `SELECT channel, count(*), count(DISTINCT site_session_hk) AS sessions FROM business.site_event_facts WHERE tenant_hk = $1 GROUP BY 1 ORDER BY 1`,
    ),
    pages: await ask(
      `SELECT page.site_page_hk, page.page_path, page.total_views, page.unique_visitors, page.avg_time_on_page, page.bounce_rate, page.conversion_rate
       FROM business.site_page_current AS page JOIN business.site_page_h AS hub USING (site_page_hk)
       WHERE hub.tenant_hk = $1 AND page.page_path NOT LIKE '/accounts/%' AND page.page_path <> '/(erased)' ORDER BY 1`,
    ),
    items: await ask(
      `SELECT item.business_item_hk, item.total_interactions, item.total_conversions
       FROM business.business_item_current AS item JOIN business.business_item_h AS hub USING (business_item_hk)
       WHERE hub.tenant_hk = $1 AND hub.business_item_bk NOT LIKE 'wish of%' AND hub.business_item_bk <> '(erased)' ORDER BY 1`,
    ),
    sessions: await ask(
      `SELECT is_bounce, count(*), sum(total_events) AS events, sum(total_page_views) AS views, sum(session_end_time - session_start_time) AS time
       FROM business.site_session_facts WHERE tenant_hk = $1 GROUP BY 1 ORDER BY 1`,
    ),
    days: await ask(
      `SELECT (event_timestamp AT TIME ZONE 'UTC')::date AS day, count(*), count(DISTINCT site_visitor_hk) AS visitors FROM business.site_event_nl WHERE tenant_hk = $1 GROUP BY 1 ORDER BY 1`,
    ),
  };
}
