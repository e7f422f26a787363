import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { classify } from '../../../cli/import/classify.ts';
import { eventId, Occurrences } from '../../../cli/import/event-id.ts';
import { parseLogLine } from '../../../cli/import/log-line.ts';

// 10,000 requests to a real site. The counts beside ours come from cutting lines at blanks, as awk does.
const SHARED_LOG = resolve(import.meta.dirname, '../../../../shared/data/access.log.gz');
const ASSET =
  /\.(css|js|map|png|jpe?g|gif|svg|ico|ttf|woff|swf|xsl|xml|zip|gz|bz2|jar|deb|exe)$|^\/robots\.txt$/i;

function logLines(): string[] {
  return gunzipSync(readFileSync(SHARED_LOG)).toString('latin1').trimEnd().split('\n');
}

function tally(keys: Iterable<string>): Record<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return Object.fromEntries([...counts].sort());
}

function expectedType(line: string): string {
  const fields = line.split(' ');
  const status = Number(fields[8]);
  if (status >= 400) return 'http_error';
  if (status >= 300 && status !== 304) return 'http_redirect';
  if (fields[5] !== '"GET') return 'http_request';
  return ASSET.test(fields[6]?.replace(/[?#].*/, '') ?? '') ? 'asset_request' : 'page_view';
}

if (!existsSync(SHARED_LOG))
  console.warn('skipped: 3 checks on a real access log, which is not beside this project');

test.runIf(existsSync(SHARED_LOG))(
  'every line of a real log is well-formed and of the type cutting at blanks gives',
  () => {
    const lines = logLines();
    const types = lines.map((line) => {
      const entry = parseLogLine(line);
      return entry === undefined ? 'malformed' : classify(entry);
    });
    expect(lines).toHaveLength(10_000);
    expect(tally(types)).toEqual(tally(lines.map(expectedType)));
  },
);

test.runIf(existsSync(SHARED_LOG))(
  'addresses, statuses and targets of a real log are those cutting at blanks gives',
  () => {
    const lines = logLines();
    const entries = lines.flatMap((line) => parseLogLine(line) ?? []);
    const column = (n: number) => tally(lines.map((line) => line.split(' ')[n] ?? ''));
    expect(tally(entries.map(({ client }) => client))).toEqual(column(0));
    expect(tally(entries.map(({ status }) => String(status)))).toEqual(column(8));
    expect(tally(entries.map(({ request }) => request?.target ?? ''))).toEqual(column(6));
  },
);

test.runIf(existsSync(SHARED_LOG))(
  'every line of a real log gets an id of its own, repeated lines too',
  () => {
    const occurrences = new Occurrences();
    const lines = logLines();
    const ids = lines.map((line) => {
      const bytes = Buffer.from(line, 'latin1');
      return eventId(bytes, parseLogLine(line)?.time ?? 0, occurrences.next(bytes));
    });
    expect(new Set(lines).size).toBeLessThan(lines.length);
    expect(new Set(ids).size).toBe(lines.length);
  },
);
