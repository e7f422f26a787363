import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ParseArgsOptionsConfig } from 'node:util';
import * as z from 'zod';
import { isAlive } from '../local/process-table.ts';
import { type StackDescription, stackDescription, stackFile } from '../local/stack-file.ts';
import { CommandFailure, failureText, printable } from './failure.ts';

/** Where to send requests and as whom. */
export interface Connection {
  /** Without a trailing slash. */
  readonly apiUrl: string;
  readonly tenant: string;
  readonly token: string;
}

/** The kinds of token a local stack hands out for each tenant. */
export type TokenKind = 'public' | 'secret' | 'read' | 'admin';

export const CONNECTION_OPTIONS = {
  'api-url': { type: 'string' },
  tenant: { type: 'string' },
  token: { type: 'string' },
  'data-dir': { type: 'string' },
} as const satisfies ParseArgsOptionsConfig;

/** Help text of {@link CONNECTION_OPTIONS}. */
export const CONNECTION_HELP = `Connection:
  --api-url URL      the endpoint              [ONEVAULT_API_URL, else the local stack]
  --tenant ID        the tenant                [ONEVAULT_TENANT, else the local stack's first]
  --token TOKEN      its token                 [ONEVAULT_TOKEN, else the local stack's]
  --data-dir DIR     data directory of the local stack (default: .onevault in the project)`;

const settings = z.object({
  ONEVAULT_API_URL: z.string().min(1).optional(),
  ONEVAULT_TENANT: z.string().min(1).optional(),
  ONEVAULT_TOKEN: z.string().min(1).optional(),
});

interface ConnectionFlags {
  readonly 'api-url'?: string | undefined;
  readonly tenant?: string | undefined;
  readonly token?: string | undefined;
  readonly 'data-dir'?: string | undefined;
}

/**
 * Settles endpoint, tenant and token: flags, then environment, then the running local stack's own file.
 * A token for the wrong tenant is never borrowed: the stack's tokens only fill in for its own endpoint.
 * @throws CommandFailure when something is missing, saying how to give it.
 */
export async function connect(flags: ConnectionFlags, kind: TokenKind): Promise<Connection> {
  const environment = settings.parse({
    ONEVAULT_API_URL: process.env.ONEVAULT_API_URL || undefined,
    ONEVAULT_TENANT: process.env.ONEVAULT_TENANT || undefined,
    ONEVAULT_TOKEN: process.env.ONEVAULT_TOKEN || undefined,
  });
  const apiUrl = flags['api-url'] ?? environment.ONEVAULT_API_URL;
  const tenant = flags.tenant ?? environment.ONEVAULT_TENANT;
  const token = flags.token ?? environment.ONEVAULT_TOKEN;
  if (apiUrl !== undefined) {
    if (tenant !== undefined && token !== undefined) return { apiUrl: endpoint(apiUrl), tenant, token };
    throw new CommandFailure(
      `${printable(apiUrl)} needs a tenant and its ${kind} token: pass --tenant and --token, or set ONEVAULT_TENANT and ONEVAULT_TOKEN.`,
    );
  }
  const stack = await localStack(flags['data-dir']);
  const local = tenant === undefined ? stack.tenants[0] : stack.tenants.find(({ id }) => id === tenant);
  if (local !== undefined) {
    return { apiUrl: endpoint(stack.apiUrl), tenant: local.id, token: token ?? local.tokens[kind] };
  }
  if (tenant !== undefined && token !== undefined) return { apiUrl: endpoint(stack.apiUrl), tenant, token };
  const known = stack.tenants.map(({ id }) => printable(id)).join(', ');
  throw new CommandFailure(
    `The local stack has no tenant "${printable(tenant ?? '')}" (it has: ${known}). Name one of these, or pass --token too.`,
  );
}

/** The running local stack, as it describes itself. */
export async function localStack(dataDir: string | undefined): Promise<StackDescription> {
  const directory =
    dataDir === undefined ? resolve(import.meta.dirname, '..', '.onevault') : resolve(dataDir);
  const path = resolve(directory, stackFile);
  const remedy = 'Start one with `npm start`, or pass --api-url, --tenant and --token.';
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    throw new CommandFailure(`No local stack is running (${path} is not there). ${remedy}`);
  }
  let stack: StackDescription;
  try {
    stack = stackDescription.parse(JSON.parse(text));
  } catch (error) {
    const cause = error instanceof z.ZodError ? z.prettifyError(error) : failureText(error);
    throw new CommandFailure(
      `${path} cannot be read as a stack description (${printable(cause)}). ${remedy}`,
    );
  }
  if (isAlive(stack.pid)) return stack;
  throw new CommandFailure(`The local stack of ${path} is no longer running. ${remedy}`);
}

function endpoint(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new CommandFailure(
      `"${printable(text)}" is no http(s) URL; --api-url wants one like https://api.example.com.`,
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw new CommandFailure('--api-url must not hold a user or password; pass the token with --token.');
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

/** Headers that say who is calling. */
export function callerHeaders(connection: Connection): Record<string, string> {
  return { Authorization: `Bearer ${connection.token}`, 'X-Customer-ID': connection.tenant };
}
