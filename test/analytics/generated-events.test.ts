import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { fillTenant, type KnownTenant } from './fixture.ts';
import { generateEvents } from './generated-events.ts';

let database: TestDatabase;
let tenants: KnownTenant[];
beforeAll(async () => {
  database = await createDatabase();
  tenants = [
    await fillTenant(database.pool, 'first', generateEvents('first', 1, 320)),
    await fillTenant(database.pool, 'second', generateEvents('second', 2, 120)),
    await fillTenant(database.pool, 'third', generateEvents('third', 3, 120)),
  ];
});
afterAll(() => database.drop());
const described = async ({ tenantHk }: KnownTenant) => {
  const { rows } = await database.pool.query(
    `SELECT
       event.event_id::text AS id, event.session_id AS session, event.visitor_id AS visitor, event.site_id AS site,
       (extract(epoch FROM event.event_timestamp) * 1000)::float8 AS at, event.event_type AS type, event.page_path AS path,
       event.channel, coalesce(event.utm_source, facts.referrer_host) AS source, event.utm_campaign AS campaign,
       state.device_type AS device, state.browser_name AS browser, state.operating_system AS os,
       state.screen_resolution AS screen, event.bot_reason AS bot, event.custom_properties ->> 'country' AS country,
       facts.event_value AS value, session.session_duration_seconds AS seconds, session.total_page_views AS views,
       session.is_bounce AS bounce, session.transaction_completed AS completed
     FROM analytics.event_facts AS event
     JOIN business.site_event_facts AS facts USING (site_event_hk)
     JOIN business.site_session_current AS session ON session.site_session_hk = event.site_session_hk
     LEFT JOIN business.site_visitor_state_r AS state
       ON state.site_visitor_hk = event.site_visitor_hk AND state.visitor_state_id = event.visitor_state_id
     WHERE event.tenant_hk = $1
     ORDER BY event.site_event_hk`,
    [tenantHk],
  );
  return rows;
};

it('stand in the vault as they were meant', async () => {
  for (const tenant of tenants) {
    const meant = tenant.all.map(({ event, session }) => ({
      id: event.eventId,
      session: session.id,
      visitor: event.visitorId,
      site: event.siteId,
      at: event.at,
      type: event.type,
      path: event.path,
      channel: event.channel,
      source: event.source,
      campaign: event.campaign,
      device: event.device.device,
      browser: event.device.browser,
      os: event.device.os,
      screen: event.device.screen,
      bot: event.botReason,
      country: event.country,
      value: event.value,
      seconds: session.seconds,
      views: session.views,
      bounce: session.isBounce,
      completed: session.isCompleted,
    }));
    expect(await described(tenant)).toEqual(meant);
  }
});
