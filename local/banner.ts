import { type DataDirectory, defaultDataDirectory } from './data-directory.ts';
import type { StackDescription } from './stack-file.ts';

/** What a person needs to know once the stack runs. */
export function banner(
  { apiUrl, databaseUrl, queueEndpoint, tenants }: StackDescription,
  data: DataDirectory,
): string {
  const [tenant] = tenants;
  const { host, pathname } = new URL(databaseUrl);
  const elsewhere = data.path === defaultDataDirectory ? '' : ` --data-dir ${data.path}`;
  return `
  OneVault Site Tracking is running.

  API       ${apiUrl}
  Database  ${host}${pathname} (login: databaseUrl in ${data.file('stack.json')})
  Queues    ${queueEndpoint}
  Logs      ${data.file('logs')}
${tenant === undefined ? '' : firstEvent(apiUrl, tenant.id, tenant.tokens.secret)}
  Import the sample log   npx onevault import samples/access.log.gz${elsewhere}
  See the pipeline        npx onevault status${elsewhere}
  Stop                    Ctrl-C
`;
}

function firstEvent(apiUrl: string, tenantId: string, token: string): string {
  const event = { event_type: 'page_view', page_url: 'https://example.com/', session_id: 'first-visit' };
  return `
  Send the first event:

  curl ${apiUrl}/api/v1/track/async \\
    -H 'Authorization: Bearer ${token}' -H 'X-Customer-ID: ${tenantId}' \\
    -H 'Content-Type: application/json' \\
    -d '${JSON.stringify(event)}'
`;
}
