import { changeSite, createSite, findSite, listSites } from '../../lambdas/tenancy/sites.ts';
import { findTenant, lockTenant } from '../../lambdas/tenancy/tenants.ts';
import { type Action, administer, operands, runAction } from '../administration.ts';
import { readArguments } from '../arguments.ts';
import { DATABASE_HELP, DATABASE_OPTIONS } from '../database.ts';
import { CommandFailure, EXIT } from '../failure.ts';
import { DEFAULT_GRACE_HOURS, revocation, rotation, type Target } from '../token/life.ts';
import { siteJson, siteTable } from './show.ts';

const HELP = `Usage: onevault site ACTION [options]

  create TENANT SITE   make a site
  set TENANT SITE      change what is named; the rest stays
    --name TEXT        what people call it (default when made: its id)
    --time-zone ZONE   whose days reports count by, like Europe/Berlin (default when made: UTC)
    --origin URL       browsers may call from here, like https://example.com, or * for anywhere; may be repeated;
                       replaces the list, and "none" empties it
  list TENANT          its sites
  rotate TENANT SITE   replace all live tokens of the site; the old ones end after the grace
    --grace HOURS      (default ${DEFAULT_GRACE_HOURS}; 0: now)
  revoke TENANT SITE   end all tokens of the site; every process refuses them within 30 s

  --json               print JSON

${DATABASE_HELP}

Exit status: ${EXIT.ok} done, ${EXIT.failed} stopped by an error with nothing changed. docs/tenants.md tells more.
`;

const PROPERTIES = {
  ...DATABASE_OPTIONS,
  name: { type: 'string' },
  'time-zone': { type: 'string' },
  origin: { type: 'string', multiple: true },
  json: { type: 'boolean' },
} as const;

/** `onevault site`: returns the exit status. */
export const siteCommand = (argv: readonly string[]): Promise<number> => {
  const target: Target<readonly ['TENANT', 'SITE']> = {
    command: 'site',
    operands: ['TENANT', 'SITE'],
    async choose(database, [tenantId, siteId]) {
      const tenant = await lockTenant(database, tenantId);
      await findSite(database, tenant, siteId);
      return { tenant, choice: { siteId } };
    },
  };
  return runAction(
    'site',
    HELP,
    { create, set, list, rotate: rotation(target), revoke: revocation(target) },
    argv,
  );
};

const create: Action = async (argv) => {
  const { values, positionals } = readArguments('site', PROPERTIES, argv);
  const [tenantId, siteId] = operands('site create', ['TENANT', 'SITE'], positionals);
  const site = await administer(values, async (database) => {
    const tenant = await lockTenant(database, tenantId);
    await createSite(database, tenant, {
      siteId,
      name: values.name ?? siteId,
      timeZone: values['time-zone'],
      origins: originsOf(values.origin),
    });
    return findSite(database, tenant, siteId);
  });
  return values.json ? `${JSON.stringify(siteJson(site))}\n` : siteTable([site]);
};

const set: Action = async (argv) => {
  const { values, positionals } = readArguments('site', PROPERTIES, argv);
  const [tenantId, siteId] = operands('site set', ['TENANT', 'SITE'], positionals);
  const change = {
    name: values.name,
    timeZone: values['time-zone'],
    origins: originsOf(values.origin),
  };
  if (Object.values(change).every((value) => value === undefined)) {
    throw new CommandFailure('Say what to change: --name, --time-zone or --origin.');
  }
  const site = await administer(values, async (database) => {
    const tenant = await lockTenant(database, tenantId);
    await changeSite(database, tenant, siteId, change);
    return findSite(database, tenant, siteId);
  });
  return values.json ? `${JSON.stringify(siteJson(site))}\n` : siteTable([site]);
};

const list: Action = async (argv) => {
  const options = { ...DATABASE_OPTIONS, json: { type: 'boolean' } } as const;
  const { values, positionals } = readArguments('site', options, argv);
  const [tenantId] = operands('site list', ['TENANT'], positionals);
  const sites = await administer(values, async (database) =>
    listSites(database, await findTenant(database, tenantId)),
  );
  return values.json ? `${JSON.stringify(sites.map(siteJson))}\n` : siteTable(sites);
};

function originsOf(texts: readonly string[] | undefined): string[] | undefined {
  if (texts === undefined) return undefined;
  return texts.length === 1 && texts[0] === 'none' ? [] : [...texts];
}
