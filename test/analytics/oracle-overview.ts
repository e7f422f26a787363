import { percentage } from '../support/recompute-sessions.ts';
import { isView, mean, type Seen, sessionsIn, sharedValue, totalValue, visitorsIn } from './oracle.ts';
import { byText, first } from './oracle-reports.ts';

const ITEMS = 10;

/** The overview of the chosen events in the words of the answer. */
export function overview(chosen: readonly Seen[]) {
  const sessions = sessionsIn(chosen);
  const ofType = (type: string) => chosen.filter(({ event }) => event.type === type);
  const steps = (action: string) => ofType('transaction_step').filter(({ event }) => event.action === action);
  const started = sessionsIn(steps('start')).length;
  const completed = sessionsIn(steps('complete')).length;
  return {
    overview: {
      totalSessions: sessions.length,
      uniqueVisitors: visitorsIn(chosen),
      totalEvents: chosen.length,
      pageViews: chosen.filter(({ event }) => isView(event)).length,
      avgSessionDurationMinutes:
        mean(
          sessions.map(({ seconds }) => seconds),
          60,
        ) ?? 0,
      avgPagesPerSession: mean(sessions.map(({ views }) => views)) ?? 0,
    },
    interactions: {
      itemInteractions: ofType('item_interaction').length,
      contactInteractions: ofType('contact_interaction').length,
      uniquePagesVisited: new Set(chosen.flatMap(({ event }) => event.path ?? [])).size,
    },
    conversions: {
      transactionStarts: started,
      completedTransactions: completed,
      totalConversionValue: totalValue(chosen),
      conversionRate: percentage(completed, started),
    },
    topItems: topItems(ofType('item_interaction')),
    conversionFunnel: {
      funnel_start: steps('start').length,
      funnel_progress: steps('progress').length,
      funnel_complete: steps('complete').length,
      conversion_rate: percentage(steps('complete').length, steps('start').length),
    },
  };
}

/** An interaction counts under its label or, without one, under the name that each of its items had then. */
function topItems(interactions: readonly Seen[]) {
  const named = interactions.flatMap(({ event }) =>
    event.label === null
      ? event.items.map(({ state }) => ({
          name: String(state.item_name),
          value: event.value,
          among: event.items.length,
        }))
      : [{ name: event.label, value: event.value, among: 1 }],
  );
  return [...Map.groupBy(named, ({ name }) => name)]
    .map(([name, of]) => ({
      item_name: name,
      interactions: of.length,
      conversion_value: sharedValue(of),
      isWorth: of.some(({ value }) => value !== null),
    }))
    .sort((a, b) =>
      first(
        b.interactions - a.interactions,
        Number(b.isWorth) - Number(a.isWorth),
        b.conversion_value - a.conversion_value,
        byText(a.item_name, b.item_name),
      ),
    )
    .slice(0, ITEMS)
    .map(({ isWorth: _, ...item }) => item);
}
