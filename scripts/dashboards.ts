import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { LOCAL_ENVIRONMENT } from '../lib/environments.ts';
import { synthesise } from '../lib/synthesise.ts';
import { MINUTE } from '../local/cloudwatch/data-point.ts';
import { localReferences } from '../local/cloudwatch/local-references.ts';
import { chosen, readMonitoring } from '../local/cloudwatch/monitoring.ts';
import { dashboardPage } from '../local/cloudwatch/page/page.ts';
import { takePictures } from '../local/cloudwatch/picture.ts';
import { readData } from '../local/cloudwatch/read-data.ts';
import { defaultDataDirectory } from '../local/data-directory.ts';

const usage = `Draws the CloudWatch dashboards, filled with what a local stack has measured.

Usage: npm run dashboards -- [options]

  --out DIR       where the pages and pictures go (default "dashboards" beside the data)
  --data-dir DIR  the data of the stack (default .onevault in the project)
  --minutes N     how far to look back (default all that was measured, a day at most)
  --tenant ID     whose events the tenants' dashboard shows (default demo)
  --dark          pictures in dark colours; the pages follow their reader
  --help          show this text`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      out: { type: 'string' },
      'data-dir': { type: 'string', default: defaultDataDirectory },
      minutes: { type: 'string' },
      tenant: { type: 'string', default: 'demo' },
      dark: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(usage);
  const data = readData(values['data-dir']);
  const span = data.metrics.span();
  if (span === undefined) {
    throw new Error(
      `${values['data-dir']} holds no measurements: run npm start and send events, then try again.`,
    );
  }
  const minutes = Number(values.minutes ?? Number.POSITIVE_INFINITY);
  if (!(minutes > 0)) throw new Error(`--minutes ${values.minutes}: a number above 0 is expected.`);
  const range = { from: Math.max(span.from, span.to - minutes * MINUTE), to: span.to };
  const template = synthesise(LOCAL_ENVIRONMENT);
  const { alarms, dashboards } = readMonitoring(template, localReferences(template));
  const out = values.out ?? join(values['data-dir'], 'dashboards');
  mkdirSync(out, { recursive: true });
  const pages = dashboards.map((dashboard) => {
    const html = dashboardPage(chosen(dashboard, values.tenant), { data, alarms, range });
    const file = join(out, `${dashboard.name}.html`);
    writeFileSync(file, html);
    return { html, file, picture: join(out, `${dashboard.name}.png`) };
  });
  for (const { file } of pages) console.log(file);
  const pictures = await takePictures(
    pages.map(({ html, picture }) => ({ html, file: picture })),
    values.dark ? 'dark' : 'light',
  );
  for (const picture of pictures) console.log(picture);
}

await main().catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
