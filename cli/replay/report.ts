import type { Verdict } from '../../lambdas/lifecycle/replay/judgement.ts';
import type { ReplayExample, ReplaySurvey } from '../../lambdas/lifecycle/replay/survey.ts';
import { printable } from '../failure.ts';
import { columnTable, listTable } from '../table.ts';

const VALUE_LENGTH = 120;

/** What each finding means, in the order in which they are listed. */
const MEANINGS: readonly (readonly [Verdict, string])[] = [
  ['same', 'as the raw layer says, or refused as before'],
  ['changed', 'in the vault with other values'],
  ['dropped', 'in the vault, refused by the rules of today'],
  ['missing', 'not in the vault'],
  ['accepted', 'in quarantine, accepted by the rules of today'],
  ['refused', 'not in the vault, refused by the rules of today, not in quarantine yet'],
  ['released', 'in the vault and in quarantine'],
  ['expired', 'older than their tenant keeps them'],
];

/** What was found, for people. */
export function surveyTable(survey: ReplaySurvey): string {
  const counts = listTable([
    { label: 'events compared', value: survey.events },
    ...MEANINGS.map(([verdict, note]) => ({ label: verdict, value: survey.count(verdict), indent: 1, note })),
    { label: 'requests on their way to the vault', value: survey.pendingRequests },
  ]);
  const columns =
    survey.columns.length === 0 ? '' : `\n${columnTable(['column that differs', 'events'], survey.columns)}`;
  const examples =
    survey.examples.length === 0 ? '' : `\nExamples:\n${survey.examples.map(exampleText).join('')}`;
  return `${counts}${columns}${examples}`;
}

function exampleText({ tenantId, eventId, verdict, differences }: ReplayExample): string {
  const lines = differences.map(
    ({ table, column, old, new: now }) => `    ${table}.${column}: ${valueText(old)} → ${valueText(now)}\n`,
  );
  return `  ${printable(tenantId)} ${eventId} ${verdict}\n${lines.join('')}`;
}

const valueText = (value: unknown): string => printable(JSON.stringify(value) ?? 'null', VALUE_LENGTH);

/** What was found, for programs. */
export function surveyJson(survey: ReplaySurvey): Record<string, unknown> {
  return {
    events: survey.events,
    ...Object.fromEntries(MEANINGS.map(([verdict]) => [verdict, survey.count(verdict)])),
    pending_requests: survey.pendingRequests,
    columns: Object.fromEntries(survey.columns),
    tenants_to_rebuild: survey.tenantsToRebuild,
    examples: survey.examples.map(({ tenantId, eventId, verdict, differences }) => ({
      tenant_id: tenantId,
      event_id: eventId,
      verdict,
      differences,
    })),
  };
}
