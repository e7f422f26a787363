/** Silence after which a visitor's next event begins a new session, in milliseconds. The SQL of sessions says 30 minutes too. */
export const SESSION_TIMEOUT_MILLISECONDS = 30 * 60 * 1_000;

/**
 * A client's name that looks like a half hour's would join a stranger's session: it gets a word before it, and so does a
 * name that has the word already.
 */
const LIKE_A_HALF_HOUR = /^(named )*\d{4}-\d\d-\d\dT\d\d:[03]0Z /;

export interface SessionSlice {
  readonly id: string;
  /** Start of the half hour of a derived session; null when the client named the session. */
  readonly start: Date | null;
}

/**
 * The part of a session that an event alone can name: the client's session, or the half hour of its visitor it falls into.
 * A half hour is as long as the silence that ends a session, so all its events are of one session and only the next half
 * hour can go on with it.
 */
export function sessionSlice(sessionId: string | undefined, visitorId: string, at: Date): SessionSlice {
  if (sessionId !== undefined) {
    return { id: LIKE_A_HALF_HOUR.test(sessionId) ? `named ${sessionId}` : sessionId, start: null };
  }
  const start = new Date(
    Math.floor(at.getTime() / SESSION_TIMEOUT_MILLISECONDS) * SESSION_TIMEOUT_MILLISECONDS,
  );
  return { id: `${start.toISOString().slice(0, 16)}Z ${visitorId}`, start };
}
