/** A problem's HTTP status and what it means, in a sentence that fits any call. */
interface ProblemMeaning {
  readonly status: number;
  readonly meaning: string;
}

/** Every code that a refused call may carry. Codes are part of the API: they are never renamed. */
export const problems = {
  invalid_json: { status: 400, meaning: 'The body is not JSON.' },
  invalid_utf8: { status: 400, meaning: 'The body is not UTF-8.' },
  invalid_encoding: { status: 400, meaning: 'The body is not what Content-Encoding says.' },
  not_an_event: {
    status: 400,
    meaning: 'The body is no event, no array of events and no {"events": [ … ]}.',
  },
  no_events: { status: 400, meaning: 'The batch holds no events.' },
  not_an_object: { status: 400, meaning: 'An event is not a JSON object.' },
  missing_field: { status: 400, meaning: 'An event lacks a field that its type needs.' },
  invalid_field: { status: 400, meaning: 'A field has a value it cannot have.' },
  too_long: { status: 400, meaning: 'A text is longer than its limit.' },
  too_deep: { status: 400, meaning: 'An event is nested deeper than the limit.' },
  too_many_keys: { status: 400, meaning: 'An event has more keys than the limit.' },
  too_many_items: { status: 400, meaning: 'An event has more items than the limit.' },
  nested_batch: { status: 400, meaning: 'A batch stands inside a batch.' },
  id_conflict: { status: 400, meaning: 'An event with this id and another payload was stored before.' },
  ambiguous_customer: { status: 400, meaning: 'X-Customer-ID names several tenants.' },
  unknown_parameter: { status: 400, meaning: 'The call has no such query parameter.' },
  invalid_date: { status: 400, meaning: 'dateFrom or dateTo is no date such as 2026-01-31.' },
  invalid_days: { status: 400, meaning: 'days is no whole number in its range.' },
  invalid_date_range: { status: 400, meaning: 'The dates end before they begin, or lie too far apart.' },
  invalid_site: { status: 400, meaning: 'site cannot be the id of a site.' },
  invalid_time_zone: { status: 400, meaning: 'timeZone is no IANA name such as Europe/Berlin.' },
  invalid_filter: { status: 400, meaning: 'A filter has no value, too many values or one too long.' },
  invalid_bot: { status: 400, meaning: 'bot is none of no, yes and all.' },
  invalid_compare: { status: 400, meaning: 'compare is none of none, previous and year.' },
  invalid_granularity: {
    status: 400,
    meaning: 'granularity is none that this question has, or too fine for the dates.',
  },
  invalid_by: { status: 400, meaning: 'by is none of device, browser, os and screen.' },
  invalid_steps: { status: 400, meaning: 'steps are not two to ten of event:…, page:… and action:….' },
  invalid_length: { status: 400, meaning: 'length is no whole number from 2 to 5.' },
  invalid_limit: { status: 400, meaning: 'limit is no whole number from 1 to 500.' },
  invalid_visitor: { status: 400, meaning: 'The id of a visitor is empty or longer than the limit.' },
  invalid_part: { status: 400, meaning: 'part is no whole number, or the export has no such part.' },
  invalid_job: { status: 400, meaning: 'job is not the id of an export.' },
  invalid_cursor: { status: 400, meaning: 'cursor is not what an answer to this very question gave.' },
  unauthorized: {
    status: 401,
    meaning: 'Token and tenant do not belong together, or one of them is unknown.',
  },
  token_not_allowed: { status: 403, meaning: 'The token may not make this call.' },
  origin_not_allowed: { status: 403, meaning: 'The token may not be used from this origin.' },
  token_not_for_browsers: { status: 403, meaning: 'The token is for servers and was sent by a browser.' },
  tracking_disabled: { status: 403, meaning: 'Tracking is switched off for this tenant.' },
  not_found: { status: 404, meaning: 'There is nothing at this path.' },
  unknown_event: { status: 404, meaning: 'The tenant has no event with this id.' },
  unknown_visitor: { status: 404, meaning: 'The tenant has no visitor with this id.' },
  unknown_export: { status: 404, meaning: 'No export of this visitor was asked for.' },
  unknown_site: { status: 404, meaning: 'The tenant has no site with this id.' },
  export_not_ready: { status: 409, meaning: 'No export of this visitor is done and still kept.' },
  body_too_large: { status: 413, meaning: 'The body has more bytes than the limit, as sent or unpacked.' },
  too_many_events: { status: 413, meaning: 'The request holds more events than the limit.' },
  envelope_too_large: { status: 413, meaning: 'The fields beside "events" have more bytes than the limit.' },
  unsupported_media_type: { status: 415, meaning: 'The call does not take this Content-Type.' },
  unsupported_encoding: { status: 415, meaning: 'Content-Encoding is neither gzip nor br.' },
  rate_limited: { status: 429, meaning: 'The token has used up its quota; send again after Retry-After.' },
  too_many_questions: {
    status: 429,
    meaning: 'As many questions of the tenant as may be are being answered; ask again after Retry-After.',
  },
  temporarily_unavailable: {
    status: 503,
    meaning: 'The call failed for a reason that is ours and will pass.',
  },
} as const satisfies Record<string, ProblemMeaning>;

export type ProblemCode = keyof typeof problems;

const isProblemCode = (code: string): code is ProblemCode => Object.hasOwn(problems, code);

/** @throws Error for a code that is not in the table. */
export function problemNamed(code: string): ProblemMeaning & { readonly code: ProblemCode } {
  if (!isProblemCode(code)) throw new Error(`There is no problem "${code}" in lambdas/api/problems.ts.`);
  return { code, ...problems[code] };
}
