/** An answer that refuses a request: `application/problem+json` (RFC 9457) with a stable code. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  readonly code: string;
  readonly pointer: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** Further members of the answer, such as the verdicts of a batch. */
  readonly members: Readonly<Record<string, unknown>>;

  /** @param detail what the caller should change, in a sentence; it is shown to the caller as it is. */
  constructor(
    status: number,
    code: string,
    detail: string,
    extra: { pointer?: string; headers?: Record<string, string>; members?: Record<string, unknown> } = {},
  ) {
    super(detail);
    this.status = status;
    this.code = code;
    this.pointer = extra.pointer;
    this.headers = extra.headers ?? {};
    this.members = extra.members ?? {};
  }
}

/** Seconds a client should wait before it asks a server again that is there but cannot store. */
const RETRY_AFTER_SECONDS = 2;

/**
 * The one answer to every failure that is ours, with no word on the cause.
 * @param isStoring whether the call was to store events. A commit whose answer was lost may have, so nothing is promised.
 */
export const unavailable = (isStoring: boolean): Problem =>
  new Problem(
    503,
    'temporarily_unavailable',
    isStoring
      ? 'The events may not have been stored. Send the same request again after the given time; events with an id count once.'
      : 'This cannot be answered now. Ask again after the given time.',
    {
      headers: { 'retry-after': String(RETRY_AFTER_SECONDS) },
    },
  );

/** A bad token, an unknown tenant and a token of another tenant look the same from outside. */
export const unauthorised = (): Problem =>
  new Problem(
    401,
    'unauthorized',
    'Send a valid token as "Authorization: Bearer …" and its tenant as "X-Customer-ID".',
    {
      headers: { 'www-authenticate': 'Bearer' },
    },
  );

export const notFound = (): Problem => new Problem(404, 'not_found', 'There is nothing at this path.');
