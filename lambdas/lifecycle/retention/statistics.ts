import { sqlState } from '../../platform/postgres.ts';
import { readStatement } from '../../platform/statement.ts';
import { hasTime, inStep, type RetentionContext } from './context.ts';
import type { RetentionClass } from './cut-offs.ts';

const refresh = readStatement('retention/refresh_statistics');

/** Somebody analyses or vacuums the table already. */
const LOCKED = '55P03';

/** What the planner should look at anew after much of a class has gone. */
const tablesOf: Readonly<Record<RetentionClass, readonly string[]>> = {
  staging: ['staging.quarantined_events', 'staging.site_events_staging'],
  raw: ['raw.site_tracking_requests_r'],
  marts: [
    'analytics.daily_site_metrics',
    'analytics.metric_restatements',
    'raw.ledger_days',
    'auth.audit_log',
  ],
  vault: [
    'business.site_event_nl',
    'business.event_business_item_nl',
    'business.session_slice_h',
    'business.session_slice_visitor_l',
    'business.site_visitor_h',
    'business.site_page_h',
    'business.business_item_h',
    'business.site_visitor_state_r',
    'business.site_page_state_r',
    'business.business_item_state_r',
    'business.traffic_source_r',
    'business.site_visitor_history',
    'business.site_page_history',
    'business.business_item_history',
    'business.derived_session_slices',
    'business.site_session_acc',
    'business.site_visitor_acc',
    'business.site_page_acc',
    'business.business_item_acc',
    'business.visitor_item_acc',
    'business.site_page_visitors',
    'business.site_session_snapshot_s',
    'business.site_visitor_snapshot_s',
    'business.site_page_snapshot_s',
    'business.business_item_snapshot_s',
  ],
};

/** Has the planner look at the tables of classes anew; values of what is gone would stay in its statistics otherwise. */
export async function refreshStatistics(
  context: RetentionContext,
  classes: Iterable<RetentionClass>,
): Promise<void> {
  for (const table of [...classes].flatMap((each) => tablesOf[each])) {
    if (!hasTime(context)) return;
    try {
      await inStep(context, (client) => client.query(refresh, [table]));
    } catch (error) {
      if (sqlState(error) !== LOCKED) throw error;
    }
  }
}
