import { lockTenant } from '../../lambdas/tenancy/tenants.ts';
import { rotateVisitorKey } from '../../lambdas/tenancy/visitor-key-rotation.ts';
import { type Action, administer, operands } from '../administration.ts';
import { readArguments } from '../arguments.ts';
import { DATABASE_OPTIONS } from '../database.ts';

/** Gives a tenant its next visitor key. The key itself is never shown. */
export const rotateKey: Action = async (argv) => {
  const options = { ...DATABASE_OPTIONS, json: { type: 'boolean' } } as const;
  const { values, positionals } = readArguments('tenant', options, argv);
  const [tenantId] = operands('tenant rotate-key', ['TENANT'], positionals);
  const { version, validFrom } = await administer(values, async (database) =>
    rotateVisitorKey(database, await lockTenant(database, tenantId)),
  );
  return values.json
    ? `${JSON.stringify({ tenant_id: tenantId, key_version: version, valid_from: validFrom })}\n`
    : `Key ${version} makes the pseudonyms of visitors from ${validFrom} (UTC) on.\n`;
};
