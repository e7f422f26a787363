import * as z from 'zod';
import { type Scope, scopes } from '../../lambdas/tenancy/scope.ts';
import { findTenant, lockTenant } from '../../lambdas/tenancy/tenants.ts';
import { type TokenKind, tokenKinds } from '../../lambdas/tenancy/token.ts';
import { createTokenFor, findTenantOfToken, listTokens, MAX_RATE } from '../../lambdas/tenancy/tokens.ts';
import { type Action, administer, operands, runAction } from '../administration.ts';
import { readArguments, wholeNumber } from '../arguments.ts';
import { DATABASE_HELP, DATABASE_OPTIONS } from '../database.ts';
import { CommandFailure, EXIT, printable } from '../failure.ts';
import { DEFAULT_GRACE_HOURS, revocation, rotation, type Target } from './life.ts';
import { issuedJson, listedJson, moment, tokenTable } from './show.ts';

const DAY_MS = 86_400_000;

const HELP = `Usage: onevault token ACTION [options]

  create TENANT      make a token and show it, this once
    --kind KIND      public (browsers, write only), secret (servers, write only), read (analytics), admin (everything)
    --site ID        its site (default: the tenant's only one)
    --name TEXT      what people call it
    --origin URL     browsers may use it from here, like https://example.com, or * for anywhere; may be repeated
                     (default: the site's origins; a public token needs one or the other)
    --scope SCOPE    less than its kind may: ${scopes.join(', ')}; may be repeated
    --rate N         events, or questions, a second (default: what the environment allows)
    --expires WHEN   after 90d, or from 2027-01-31 on (UTC); default: never
  list TENANT        its tokens: what they may, how long they live, when they were last used
  rotate TOKEN-ID    make a new token with the same properties; the old one ends after the grace
    --grace HOURS    (default ${DEFAULT_GRACE_HOURS}; 0: now)
  revoke TOKEN-ID    end a token; every process refuses it within 30 s

  --json             print JSON

${DATABASE_HELP}

Exit status: ${EXIT.ok} done, ${EXIT.failed} stopped by an error with nothing changed. docs/tenants.md tells more.
`;

/** `onevault token`: returns the exit status. */
export const tokenCommand = (argv: readonly string[]): Promise<number> => {
  const target: Target<readonly ['TOKEN-ID']> = {
    command: 'token',
    operands: ['TOKEN-ID'],
    async choose(database, [tokenId]) {
      const { tenantId } = await findTenantOfToken(database, tokenId);
      return { tenant: await lockTenant(database, tenantId), choice: { tokenId } };
    },
  };
  return runAction(
    'token',
    HELP,
    { create, list, rotate: rotation(target), revoke: revocation(target) },
    argv,
  );
};

const create: Action = async (argv) => {
  const options = {
    ...DATABASE_OPTIONS,
    kind: { type: 'string' },
    site: { type: 'string' },
    name: { type: 'string' },
    origin: { type: 'string', multiple: true },
    scope: { type: 'string', multiple: true },
    rate: { type: 'string' },
    expires: { type: 'string' },
    json: { type: 'boolean' },
  } as const;
  const { values, positionals } = readArguments('token', options, argv);
  const [tenantId] = operands('token create', ['TENANT'], positionals);
  const spec = {
    siteId: values.site ?? null,
    kind: kindOf(values.kind),
    name: values.name,
    origins: values.origin,
    scopes: values.scope?.map(scopeOf),
    rateLimit: values.rate === undefined ? null : wholeNumber('rate', values.rate, 1, 1, MAX_RATE),
    expiresAt: expiryOf(values.expires),
  };
  const issued = await administer(values, async (database) =>
    createTokenFor(database, await lockTenant(database, tenantId), spec),
  );
  if (values.json) return `${JSON.stringify(issuedJson(issued))}\n`;
  const until = issued.expiresAt === null ? '' : ` It ends at ${moment(issued.expiresAt)}.`;
  return `${issued.token}\n\nThis is the ${issued.kind} token ${issued.tokenId} of site "${printable(issued.siteId)}" of tenant "${printable(tenantId)}". It is not shown again.${until}\n`;
};

const list: Action = async (argv) => {
  const options = { ...DATABASE_OPTIONS, json: { type: 'boolean' } } as const;
  const { values, positionals } = readArguments('token', options, argv);
  const [tenantId] = operands('token list', ['TENANT'], positionals);
  const tokens = await administer(values, async (database) =>
    listTokens(database, await findTenant(database, tenantId)),
  );
  return values.json ? `${JSON.stringify(tokens.map(listedJson))}\n` : tokenTable(tokens);
};

function kindOf(text: string | undefined): TokenKind {
  const kind = tokenKinds.find((each) => each === text);
  if (kind !== undefined) return kind;
  throw new CommandFailure(
    `--kind takes ${tokenKinds.join(', ')}${text === undefined ? '' : `, not "${printable(text)}"`}.`,
  );
}

function scopeOf(text: string): Scope {
  const scope = scopes.find((each) => each === text);
  if (scope !== undefined) return scope;
  throw new CommandFailure(`--scope takes ${scopes.join(', ')}, not "${printable(text)}".`);
}

const date = z.union([z.iso.date(), z.iso.datetime({ offset: true })]);

function expiryOf(text: string | undefined): Date | null {
  if (text === undefined) return null;
  const days = /^(\d{1,4})d$/.exec(text)?.[1];
  if (days !== undefined) return new Date(Date.now() + Number(days) * DAY_MS);
  const parsed = date.safeParse(text);
  if (parsed.success) return new Date(parsed.data);
  throw new CommandFailure(
    `--expires takes days, like 90d, or a date, like 2027-01-31, not "${printable(text)}".`,
  );
}
