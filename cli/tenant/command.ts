import * as z from 'zod';
import { readSettings } from '../../lambdas/tenancy/settings.ts';
import { listSites } from '../../lambdas/tenancy/sites.ts';
import {
  changeSettings,
  createTenant,
  findTenant,
  type ListedTenant,
  listTenants,
  lockTenant,
  MAX_RETENTION_DAYS,
  privacyModes,
  type SettingsChange,
} from '../../lambdas/tenancy/tenants.ts';
import { listTokens } from '../../lambdas/tenancy/tokens.ts';
import { type Action, administer, operands, runAction } from '../administration.ts';
import { readArguments, wholeNumber } from '../arguments.ts';
import { DATABASE_HELP, DATABASE_OPTIONS } from '../database.ts';
import { CommandFailure, EXIT, printable } from '../failure.ts';
import { siteJson, siteTable } from '../site/show.ts';
import { columnTable, listTable } from '../table.ts';
import { DEFAULT_GRACE_HOURS, revocation, rotation, type Target } from '../token/life.ts';
import { listedJson, moment, tokenTable } from '../token/show.ts';
import { signingKeysOf } from '../visitors/signing-keys.ts';
import { rotateKey } from './rotate-key.ts';

const HELP = `Usage: onevault tenant ACTION [options]

  create TENANT                   make a tenant
    --name TEXT                   what people call it
  list                            all tenants
  show TENANT                     its settings, sites, tokens and the fingerprints of its signing keys
  set TENANT                      change the settings that are named; the pipeline follows within 30 s
    --enabled true|false          whether anything is stored (default true)
    --retention-days N|none       delete raw requests that are in the vault after N days (default none)
    --staging-retention-days N|none  delete refused events after N days (default: as raw requests)
    --vault-retention-days N|none delete events and all that was made of them after N days (default none)
    --redact-keys NAMES           redact values under these names, with commas between, beside what the rules find
    --leave-keys NAMES            leave values under these names alone; the two lists are set together, a list not given is empty
    --marts-retention-days N|none delete daily metrics, ledger and audit log after N days (default none)
    --privacy-mode MODE           whose wish not to be tracked counts: off (nobody's), standard (Sec-GPC: 1; the default),
                                  strict (DNT: 1 as well)
    --batch-processing true|false leave events of /api/v1/track to the queue (default false)
    --name TEXT
  rotate TENANT                   replace all its live tokens; the old ones end after the grace
    --grace HOURS                 (default ${DEFAULT_GRACE_HOURS}; 0: now)
  rotate-key TENANT               a new key for visitors' pseudonyms, from a later day (UTC) on
  revoke TENANT                   end all its tokens; every process refuses them within 30 s

  --json                          print JSON

${DATABASE_HELP}

Exit status: ${EXIT.ok} done, ${EXIT.failed} stopped by an error with nothing changed. docs/tenants.md tells more.
`;

/** `onevault tenant`: returns the exit status. */
export const tenantCommand = (argv: readonly string[]): Promise<number> => {
  const target: Target<readonly ['TENANT']> = {
    command: 'tenant',
    operands: ['TENANT'],
    choose: async (database, [tenantId]) => ({ tenant: await lockTenant(database, tenantId), choice: {} }),
  };
  return runAction(
    'tenant',
    HELP,
    {
      create,
      list,
      show,
      set,
      rotate: rotation(target),
      'rotate-key': rotateKey,
      revoke: revocation(target),
    },
    argv,
  );
};

const OPTIONS = { ...DATABASE_OPTIONS, json: { type: 'boolean' } } as const;

const create: Action = async (argv) => {
  const { values, positionals } = readArguments('tenant', { ...OPTIONS, name: { type: 'string' } }, argv);
  const [tenantId] = operands('tenant create', ['TENANT'], positionals);
  const made = await administer(values, async (database) => {
    await createTenant(database, tenantId, values.name);
    return listTenants(database, tenantId);
  });
  return values.json ? `${JSON.stringify(made.map(tenantJson)[0])}\n` : tenantTable(made);
};

const list: Action = async (argv) => {
  const { values, positionals } = readArguments('tenant', OPTIONS, argv);
  operands('tenant list', [], positionals);
  const tenants = await administer(values, (database) => listTenants(database));
  return values.json ? `${JSON.stringify(tenants.map(tenantJson))}\n` : tenantTable(tenants);
};

const show: Action = async (argv) => {
  const { values, positionals } = readArguments('tenant', OPTIONS, argv);
  const [tenantId] = operands('tenant show', ['TENANT'], positionals);
  const { tenants, sites, tokens, keys } = await administer(values, async (database) => {
    const tenant = await findTenant(database, tenantId);
    return {
      tenants: await listTenants(database, tenantId),
      sites: await listSites(database, tenant),
      tokens: await listTokens(database, tenant),
      keys: await signingKeysOf(database, tenantId),
    };
  });
  if (values.json) {
    const [tenant] = tenants.map(tenantJson);
    const listed = { sites: sites.map(siteJson), tokens: tokens.map(listedJson), signing_keys: keys };
    return `${JSON.stringify({ ...tenant, ...listed })}\n`;
  }
  return [...tenants.map(settingsTable), siteTable(sites), tokenTable(tokens), keyTable(keys)].join('\n');
};

/** What an export or a certificate says that it was signed by. */
const keyTable = (keys: Awaited<ReturnType<typeof signingKeysOf>>): string =>
  listTable(
    keys.map(({ key_version, fingerprint }) => ({ label: `signing key ${key_version}`, value: fingerprint })),
  );

const set: Action = async (argv) => {
  const options = {
    ...OPTIONS,
    name: { type: 'string' },
    enabled: { type: 'string' },
    'retention-days': { type: 'string' },
    'staging-retention-days': { type: 'string' },
    'vault-retention-days': { type: 'string' },
    'marts-retention-days': { type: 'string' },
    'redact-keys': { type: 'string' },
    'leave-keys': { type: 'string' },
    'privacy-mode': { type: 'string' },
    'batch-processing': { type: 'string' },
  } as const;
  const { values, positionals } = readArguments('tenant', options, argv);
  const [tenantId] = operands('tenant set', ['TENANT'], positionals);
  const change: SettingsChange = {
    name: values.name,
    enabled: truth('enabled', values.enabled),
    data_retention_days: retention('retention-days', values['retention-days']),
    staging_retention_days: retention('staging-retention-days', values['staging-retention-days']),
    vault_retention_days: retention('vault-retention-days', values['vault-retention-days']),
    marts_retention_days: retention('marts-retention-days', values['marts-retention-days']),
    redaction: redactionLists(values['redact-keys'], values['leave-keys']),
    privacy_mode: privacyMode(values['privacy-mode']),
    batch_processing: truth('batch-processing', values['batch-processing']),
  };
  if (Object.values(change).every((value) => value === undefined)) {
    throw new CommandFailure('Name a setting to change. See: onevault tenant --help');
  }
  const { changed, tenants } = await administer(values, async (database) => ({
    changed: await changeSettings(database, await lockTenant(database, tenantId), change),
    tenants: await listTenants(database, tenantId),
  }));
  if (values.json) return `${JSON.stringify({ changed, ...tenants.map(tenantJson)[0] })}\n`;
  const verdict = changed ? 'Changed; the pipeline follows within 30 s.' : 'It was so already.';
  return [...tenants.map(settingsTable), `${verdict}\n`].join('\n');
};

function truth(flag: string, text: string | undefined): boolean | undefined {
  if (text === undefined || text === 'true' || text === 'false') {
    return text === undefined ? undefined : text === 'true';
  }
  throw new CommandFailure(`--${flag} takes true or false, not "${printable(text)}".`);
}

/** Undefined when neither list is given. */
function redactionLists(redacted: string | undefined, left: string | undefined) {
  if (redacted === undefined && left === undefined) return undefined;
  const listed = (names = '') =>
    names
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '');
  return { deny_keys: listed(redacted), allow_keys: listed(left) };
}

function retention(flag: string, text: string | undefined): number | null | undefined {
  if (text === undefined) return undefined;
  if (text === 'none') return null;
  return wholeNumber(flag, text, 1, 1, MAX_RETENTION_DAYS);
}

function privacyMode(text: string | undefined): SettingsChange['privacy_mode'] {
  const mode = privacyModes.find((each) => each === text);
  if (mode !== undefined || text === undefined) return mode;
  throw new CommandFailure(`--privacy-mode takes ${privacyModes.join(', ')}, not "${printable(text)}".`);
}

const readDays = z.int().nullable().default(null).catch(null);

/** What the profile says beyond what the pipeline asks it at every call. */
const further = z
  .object({
    name: z.string().nullable().default(null).catch(null),
    data_retention_days: readDays,
    staging_retention_days: readDays,
    vault_retention_days: readDays,
    marts_retention_days: readDays,
  })
  .catch({
    name: null,
    data_retention_days: null,
    staging_retention_days: null,
    vault_retention_days: null,
    marts_retention_days: null,
  });

const tenantJson = (tenant: ListedTenant) => {
  const { name, ...kept } = further.parse(tenant.site_tracking ?? {});
  return {
    tenant_id: tenant.tenant_id,
    name,
    created_at: tenant.created_at.toISOString(),
    live_tokens: tenant.live_tokens,
    settings: { ...readSettings(tenant.site_tracking).settings, ...kept },
  };
};

function tenantTable(tenants: readonly ListedTenant[]): string {
  const rows = tenants.map((tenant) => {
    const { name, settings } = tenantJson(tenant);
    return [
      printable(tenant.tenant_id),
      printable(name ?? ''),
      settings.enabled ? 'yes' : 'no',
      tenant.sites,
      tenant.live_tokens,
      moment(tenant.created_at),
    ];
  });
  return columnTable(['tenant', 'name', 'enabled', 'sites', 'live tokens', 'created'], rows);
}

function settingsTable(tenant: ListedTenant): string {
  const { name, settings } = tenantJson(tenant);
  const { malformed } = readSettings(tenant.site_tracking);
  const table = listTable([
    { label: 'tenant', value: printable(tenant.tenant_id) },
    { label: 'name', value: printable(name ?? '') },
    { label: 'enabled', value: String(settings.enabled) },
    { label: 'retention days', value: String(settings.data_retention_days ?? 'none') },
    { label: 'of refused events', value: String(settings.staging_retention_days ?? 'the same'), indent: 1 },
    { label: 'of the vault', value: String(settings.vault_retention_days ?? 'none'), indent: 1 },
    { label: 'of the marts', value: String(settings.marts_retention_days ?? 'none'), indent: 1 },
    { label: 'privacy mode', value: settings.privacy_mode },
    { label: 'batch processing', value: String(settings.batch_processing) },
  ]);
  return malformed.length === 0
    ? table
    : `${table}\nThe profile holds no readable ${printable(malformed.join(', '))}: the safest value counts until it is set.\n`;
}
