import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { LOCAL_ENVIRONMENT } from '../lib/environments.ts';
import { synthesise } from '../lib/synthesise.ts';
import { DrawRefused, drawDashboards } from '../local/cloudwatch/draw.ts';
import { defaultDataDirectory } from '../local/data-directory.ts';

const usage = `Draws the CloudWatch dashboards, filled with what a local stack has measured.

Usage: npm run dashboards -- [options]

  --out DIR       where the pages and pictures go (default "dashboards" beside the data)
  --data-dir DIR  the data of the stack (default .onevault in the project)
  --minutes N     how far to look back (default a day)
  --tenant ID     whose events the tenants' dashboard shows (default demo)
  --dark          pictures in dark colours; the pages follow their reader
  --help          show this text`;

const A_DAY = '1440';
const positive = z.coerce.number('a number is expected').positive('a number above 0 is expected');

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      out: { type: 'string' },
      'data-dir': { type: 'string', default: defaultDataDirectory },
      minutes: { type: 'string', default: A_DAY },
      tenant: { type: 'string', default: 'demo' },
      dark: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(usage);
  const minutes = positive.safeParse(values.minutes);
  if (!minutes.success)
    throw new DrawRefused(`--minutes ${values.minutes}: ${minutes.error.issues[0]?.message}.`);
  await drawDashboards({
    template: synthesise(LOCAL_ENVIRONMENT),
    dataDirectory: values['data-dir'],
    outDirectory: values.out ?? join(values['data-dir'], 'dashboards'),
    minutes: minutes.data,
    tenant: values.tenant,
    colours: values.dark ? 'dark' : 'light',
    report: (file) => console.log(file),
  });
}

await main().catch((error) => {
  const isMistake = error instanceof DrawRefused || (error instanceof TypeError && 'code' in error);
  console.error(isMistake ? error.message : error);
  process.exitCode = 1;
});
