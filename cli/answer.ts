import * as z from 'zod';
import type { Connection, TokenKind } from './connection.ts';
import { CommandFailure, printable } from './failure.ts';

const problem = z.object({
  code: z.string().optional(),
  title: z.string().optional(),
  detail: z.string().optional(),
});

/** Body of an HTTP answer as JSON, `undefined` when it is none. */
export function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/**
 * Turns an HTTP refusal into what the user should check.
 * @param body of the answer, as text or read as JSON.
 */
export function refusal(
  connection: Connection,
  kind: TokenKind,
  { status, headers }: Response,
  body: unknown,
): CommandFailure {
  const parsed = problem.safeParse(typeof body === 'string' ? jsonOf(body) : body);
  const said = parsed.success
    ? [parsed.data.code, parsed.data.detail ?? parsed.data.title]
        .filter((part) => part !== undefined)
        .join(': ')
    : '';
  const saying = said === '' ? '' : ` (${printable(said)})`;
  return new CommandFailure(
    `${connection.apiUrl} answered ${status}${saying}. ${advice(connection, kind, status, headers.get('location'))}`,
  );
}

function advice({ tenant }: Connection, kind: TokenKind, status: number, location: string | null): string {
  if (location !== null && status >= 300 && status < 400) {
    return `It redirects to ${printable(location)}; pass that host as --api-url.`;
  }
  switch (status) {
    case 401:
    case 403:
      return `Check that the token is a valid ${kind} token of tenant "${printable(tenant)}" (--token, --tenant).`;
    case 404:
    case 405:
      return 'Check --api-url: it must be the root of a OneVault endpoint, without /api.';
    case 413:
      return 'The request was too large for it; try a smaller --batch-size.';
    default:
      return 'Check that --api-url is a OneVault endpoint of this release.';
  }
}
