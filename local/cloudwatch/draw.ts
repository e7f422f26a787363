import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MINUTE } from './data-point.ts';
import { localReferences } from './local-references.ts';
import type { TimeRange } from './metric-store.ts';
import { chosen, readMonitoring } from './monitoring.ts';
import { dashboardPage } from './page/page.ts';
import { takePictures } from './picture.ts';
import { readData } from './read-data.ts';

/** A wish that cannot be met; the message says what to do. */
export class DrawRefused extends Error {
  override readonly name = 'DrawRefused';
}

export interface DrawOptions {
  readonly template: unknown;
  readonly dataDirectory: string;
  readonly outDirectory: string;
  /** How far to look back. */
  readonly minutes: number;
  /** Whose events the tenants' dashboard shows. */
  readonly tenant: string;
  readonly colours: 'light' | 'dark';
  readonly report: (file: string) => void;
}

/**
 * Draws the dashboards of a template, filled with what a local stack has measured: a page for each, and pictures of it.
 * @throws DrawRefused when nothing was measured.
 */
export async function drawDashboards(options: DrawOptions): Promise<void> {
  const { template, dataDirectory, outDirectory, minutes, report } = options;
  const data = readData(dataDirectory);
  const span = data.metrics.span();
  if (span === undefined) {
    throw new DrawRefused(
      `${dataDirectory} holds no measurements: run npm start and send events, then try again.`,
    );
  }
  const range = lastMinutes(span, minutes, Date.now());
  const { alarms, dashboards } = readMonitoring(template, localReferences(template));
  mkdirSync(outDirectory, { recursive: true });
  const pages = dashboards.map((dashboard) => {
    const html = dashboardPage(chosen(dashboard, options.tenant), { data, alarms, range });
    const page = join(outDirectory, `${dashboard.name}.html`);
    writeFileSync(page, html);
    report(page);
    return { html, file: join(outDirectory, `${dashboard.name}.png`) };
  });
  for (const picture of await takePictures(pages, options.colours)) report(picture);
}

/** The end of what was measured. Without the minute under way, which would look like a drop. */
export function lastMinutes({ from, to }: TimeRange, minutes: number, now: number): TimeRange {
  const end = Math.max(from + MINUTE, Math.min(to, Math.floor(now / MINUTE) * MINUTE));
  return { from: Math.max(from, end - minutes * MINUTE), to: end };
}
