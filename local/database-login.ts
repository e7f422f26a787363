import { createHmac } from 'node:crypto';
import pg from 'pg';
import { databaseRoles } from '../lambdas/platform/database-roles.ts';
import { Refused } from './processes/child.ts';

const insufficientPrivilege = '42501';

/**
 * The URL of the same database for one of the functions' roles. Its password follows from the owner's, so that everyone who
 * has that one, another stack on the same database above all, comes to the same.
 */
export function roleUrl(databaseUrl: string, role: string): string {
  const url = new URL(databaseUrl);
  url.password = passwordOf(url, role);
  url.username = role;
  return url.href;
}

/**
 * Gives the functions' roles their passwords, which on Aurora IAM makes unnecessary.
 * @throws Refused when the owner may not.
 */
export async function openRoles(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    for (const role of Object.values(databaseRoles)) {
      const password = client.escapeLiteral(passwordOf(new URL(databaseUrl), role));
      await client.query(`ALTER ROLE ${client.escapeIdentifier(role)} PASSWORD ${password}`);
    }
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== insufficientPrivilege) throw error;
    throw new Refused(
      'The user of SYSTEM_DATABASE_URL may not set the passwords of the onevault roles. Let it be their administrator (GRANT … WITH ADMIN OPTION), or a superuser.',
    );
  } finally {
    await client.end();
  }
}

function passwordOf({ password }: URL, role: string): string {
  return createHmac('sha256', decodeURIComponent(password))
    .update(`onevault login ${role}`)
    .digest('base64url');
}
