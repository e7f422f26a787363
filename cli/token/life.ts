import type { Queryable, Tenant } from '../../lambdas/platform/postgres.ts';
import { type OperatorAct, recordAct } from '../../lambdas/tenancy/operator-acts.ts';
import { RefusedChange } from '../../lambdas/tenancy/refused-change.ts';
import {
  MAX_GRACE_HOURS,
  type Rotation,
  revokeTokens,
  rotateTokens,
  type TokenChoice,
} from '../../lambdas/tenancy/tokens.ts';
import { type Action, administer, operands } from '../administration.ts';
import { readArguments, wholeNumber } from '../arguments.ts';
import { DATABASE_OPTIONS } from '../database.ts';
import { printable } from '../failure.ts';
import { columnTable } from '../table.ts';
import { issuedJson, moment } from './show.ts';

export const DEFAULT_GRACE_HOURS = 24;

/** What the rotate and revoke of a command work on: all tokens of a tenant, those of a site, or one token. */
export interface Target<Names extends readonly string[]> {
  readonly command: 'tenant' | 'site' | 'token';
  readonly operands: Names;
  /** Finds what the operands name, and locks its tenant. */
  choose(
    database: Queryable,
    operands: { readonly [Index in keyof Names]: string },
  ): Promise<{ readonly tenant: Tenant; readonly choice: TokenChoice }>;
}

/** An action that replaces the target's live tokens, and prints the new ones once. */
export const rotation =
  <const Names extends readonly string[]>(target: Target<Names>): Action =>
  async (argv) => {
    const options = { ...DATABASE_OPTIONS, grace: { type: 'string' }, json: { type: 'boolean' } } as const;
    const { values, positionals } = readArguments(target.command, options, argv);
    const names = operands(`${target.command} rotate`, target.operands, positionals);
    const grace = wholeNumber('grace', values.grace, DEFAULT_GRACE_HOURS, 0, MAX_GRACE_HOURS);
    const rotations = await administer(values, async (database) => {
      const { tenant, choice } = await target.choose(database, names);
      const done = await rotateTokens(database, tenant, choice, grace);
      if (done.length === 0) throw new RefusedChange(nothingLive(target.command));
      await recordTarget(database, target, tenant, choice, 'rotate');
      return done;
    });
    return values.json ? `${JSON.stringify(rotations.map(rotationJson))}\n` : rotationTable(rotations);
  };

/** An action that ends the target's live tokens now. */
export const revocation =
  <const Names extends readonly string[]>(target: Target<Names>): Action =>
  async (argv) => {
    const options = { ...DATABASE_OPTIONS, json: { type: 'boolean' } } as const;
    const { values, positionals } = readArguments(target.command, options, argv);
    const names = operands(`${target.command} revoke`, target.operands, positionals);
    const revoked = await administer(values, async (database) => {
      const { tenant, choice } = await target.choose(database, names);
      const ids = await revokeTokens(database, tenant, choice);
      await recordTarget(database, target, tenant, choice, 'revoke');
      return ids;
    });
    if (values.json) return `${JSON.stringify({ revoked })}\n`;
    return revoked.length === 0
      ? 'There was no live token to revoke.\n'
      : `${[...revoked, `${revoked.length} revoked; every process refuses them within 30 s.`].join('\n')}\n`;
  };

/** An act on one token is written down with the token; one on many also as what the operator asked for. */
async function recordTarget(
  database: Queryable,
  { command }: { readonly command: 'tenant' | 'site' | 'token' },
  { tenantId, tenantHk }: Tenant,
  { siteId }: TokenChoice,
  verb: 'rotate' | 'revoke',
): Promise<void> {
  if (command === 'token') return;
  const act: OperatorAct = `${command}.${verb}`;
  await recordAct(database, tenantHk, act, siteId ?? tenantId);
}

const nothingLive = (command: 'tenant' | 'site' | 'token'): string =>
  command === 'token'
    ? 'This token is not live any more, or was replaced before. See: onevault token list'
    : `The ${command} has no live token to replace. Make one: onevault token create`;

const rotationJson = ({ issued, replaced }: Rotation) => ({
  ...issuedJson(issued),
  replaces: replaced.tokenId,
  replaced_until: replaced.endsAt.toISOString(),
});

function rotationTable(rotations: readonly Rotation[]): string {
  const rows = rotations.map(({ issued, replaced }) => [
    printable(issued.siteId),
    printable(issued.name),
    issued.token,
    issued.tokenId,
    replaced.tokenId,
    moment(replaced.endsAt),
  ]);
  const table = columnTable(['site', 'name', 'new token', 'id', 'replaces', 'which ends'], rows);
  return `${table}\nNew tokens are not shown again.\n`;
}
