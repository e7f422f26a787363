import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { synthesise } from '../../lib/synthesise.ts';
import { Distribution } from '../../local/cloudwatch/distribution.ts';
import { lastMinutes } from '../../local/cloudwatch/draw.ts';
import { localReferences } from '../../local/cloudwatch/local-references.ts';
import { MetricStore } from '../../local/cloudwatch/metric-store.ts';
import { chosen, readMonitoring } from '../../local/cloudwatch/monitoring.ts';
import { dashboardPage } from '../../local/cloudwatch/page/page.ts';
import { partsOf, takePictures } from '../../local/cloudwatch/picture.ts';
import { apiMetric, lambdaMetric, queueMetric } from '../../local/cloudwatch/service-metrics.ts';

const begin = Date.UTC(2026, 10, 21, 12);
const minute = 60_000;
const range = { from: begin, to: begin + 30 * minute };
const tenant = 'acme & <b>';

const template = synthesise('local');
const { alarms, dashboards } = readMonitoring(template, localReferences(template));
const queueName = dashboards
  .flatMap(({ body }) => body.widgets)
  .flatMap((widget) => (widget.type === 'metric' ? widget.properties.metrics : []))
  .find(({ metric }) => metric?.name === 'ApproximateAgeOfOldestMessage')?.metric?.dimensions.QueueName;

const metrics = new MetricStore();
for (let at = 0; at < 30; at += 1) {
  const add = (metric: Parameters<MetricStore['add']>[0], value: number) =>
    metrics.add(metric, begin + at * minute, Distribution.of([value]));
  add(apiMetric('Count'), 100 + at);
  add(lambdaMetric('Errors', 'staging'), 2);
  add(queueMetric('ApproximateAgeOfOldestMessage', queueName ?? ''), 17);
}
const logs = [
  { timestamp: begin, fields: { tenant_id: tenant, EventsAccepted: 4_321 } },
  { timestamp: begin, fields: { tenant_id: tenant, EventsQuarantined: 3, reason: '<script>' } },
];
const view = { data: { metrics, logs }, alarms, range };
const [main = '', tenants = ''] = ['onevault-local', 'onevault-local-tenants'].map((name) => {
  const dashboard = dashboards.find((each) => each.name === name);
  if (dashboard === undefined) throw new Error(`The template has no dashboard ${name}.`);
  return dashboardPage(chosen(dashboard, tenant), view);
});

/** The card of a widget, by its title. */
function card(page: string, title: string): string {
  const found = page.split('<section').find((section) => section.includes(`<h3>${title}</h3>`));
  if (found === undefined) throw new Error(`The page has no "${title}".`);
  return found;
}

describe("a dashboard's page", () => {
  it('shows every widget of the template', () => {
    const widgets = dashboards.flatMap(({ body }) => body.widgets).length;
    expect((main + tenants).split('<section').length - 1).toBe(widgets);
  });

  it('draws what was measured here, found by the references of the template', () => {
    expect(card(main, 'Requests')).toContain('<polyline');
    expect(card(main, 'Errors')).toContain('staging <b>10</b>');
    expect(card(main, 'Oldest message')).toContain('Staging <b>17</b>');
  });

  it('says of what was not measured that there is no data, and draws nothing', () => {
    for (const title of ['Capacity', 'Dead letters']) {
      expect(card(main, title)).toContain('no data here');
      expect(card(main, title)).not.toContain('<polyline');
    }
  });

  it('shows the state of each alarm as CloudWatch would have it', () => {
    const high = card(main, 'Alarms: high');
    const medium = card(main, 'Alarms: medium');
    expect(high).toContain('<li class="ALARM"><b>!</b><span>Api / Silence</span>');
    expect(high).toContain('<li class="OK"><b>✓</b><span>Api / ServerErrors</span>');
    expect(medium).toContain('<li class="ALARM"><b>!</b><span>Pipeline / Staging / Function / Errors</span>');
    expect(medium).toContain('<li class="INSUFFICIENT_DATA"><b>–</b><span>Database / Capacity</span>');
    expect((main.match(/<li class=/g) ?? []).length).toBe(alarms.length);
  });

  it('names a threshold that lies far above the curve at the upper edge instead of flattening it', () => {
    expect(card(main, 'Oldest message')).toContain('↑ OldestMessage (medium) 240');
    expect(card(main, 'Errors')).toMatch(/>Errors \(medium\) 1</);
  });

  it('answers for the tenant that its reader chose', () => {
    expect(card(tenants, 'Totals')).toContain('<td>4,321</td>');
    expect(tenants).not.toContain('any-tenant');
  });

  it('takes no text for markup, wherever it comes from', () => {
    expect(tenants).toContain('&lt;script&gt;');
    expect(tenants).toContain('Events of acme &amp; &lt;b&gt;');
    expect(main + tenants).not.toContain('<script');
  });

  it('needs nothing from elsewhere, and has colours for light and dark', () => {
    expect(main + tenants).not.toMatch(/(src|href)=|url\(|@import|https?:/);
    expect(main).toContain('prefers-color-scheme:dark');
  });

  it('ends before the minute under way, which would look like a drop', () => {
    const span = { from: begin, to: begin + 30 * minute };
    expect(lastMinutes(span, 10, begin + 29.5 * minute)).toEqual({
      from: begin + 19 * minute,
      to: begin + 29 * minute,
    });
    expect(lastMinutes(span, 100, begin + 900 * minute)).toEqual(span);
  });

  it('is photographed in parts that begin with a heading and leave nothing out', () => {
    expect(partsOf(1_000, [0, 500])).toEqual([{ top: 0, height: 1_000 }]);
    expect(partsOf(4_500, [0, 900, 1_500, 3_300])).toEqual([
      { top: 0, height: 1_500 },
      { top: 1_500, height: 1_800 },
      { top: 3_300, height: 1_200 },
    ]);
    expect(partsOf(2_000, [])).toEqual([
      { top: 0, height: 1_900 },
      { top: 1_900, height: 100 },
    ]);
  });

  it.runIf(process.platform === 'linux')('is photographed by a real browser', async () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'onevault-picture-'));
    const file = path.join(directory, 'page.png');
    await takePictures([{ html: tenants, file }], 'light');
    const picture = readFileSync(file);
    expect(picture.subarray(1, 4).toString()).toBe('PNG');
    expect([picture.readUInt32BE(16), picture.length > 10_000]).toEqual([1_480, true]);
    rmSync(directory, { recursive: true });
  });
});
