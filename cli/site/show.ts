import type { ListedSite } from '../../lambdas/tenancy/sites.ts';
import { printable } from '../failure.ts';
import { columnTable } from '../table.ts';
import { listed, moment } from '../token/show.ts';

export const siteJson = (site: ListedSite) => ({
  site_id: site.site_id,
  name: site.site_name,
  time_zone: site.time_zone,
  origins: site.allowed_origins,
  live_tokens: site.live_tokens,
  created_at: site.created_at.toISOString(),
});

export function siteTable(sites: readonly ListedSite[]): string {
  const rows = sites.map((site) => [
    printable(site.site_id),
    printable(site.site_name),
    site.time_zone,
    listed(site.allowed_origins),
    site.live_tokens,
    moment(site.created_at),
  ]);
  return columnTable(['site', 'name', 'time zone', 'origins', 'live tokens', 'created'], rows);
}
