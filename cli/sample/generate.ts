import { Random, Zipf } from './random.ts';
import {
  ARRIVALS,
  BROWSERS,
  CRAWLERS,
  GARBAGE_REQUESTS,
  PAGE_ASSETS,
  PAGES,
  PROBES,
  picture,
  SITE,
} from './site.ts';

const START = Date.UTC(2026, 1, 2);
const SPAN_MS = 7 * 86_400_000;
// Measured over a million lines; only the length of the log in days hangs on it.
const LINES_A_VISIT = 11;
// Keeps the number of visits under way, and so the work a line costs, small in logs of any size.
const SHORTEST_VISIT_GAP_MS = 2_000;
const VISITORS = 20_000;
// The part of visits that the few who come often make.
const REGULARS = 0.3;
const REPEATED_LINES = 0.003;
const BROKEN_LINES = 0.001;
const HTTP = 'HTTP/1.1';
const VERSION_2 = 'HTTP/2.0';
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

interface Entry {
  readonly time: number;
  readonly line: string;
}

/** A visit that has begun; what it does next is decided when its turn comes. */
interface Visit {
  next: Entry;
  readonly rest: Iterator<Entry>;
}

/**
 * An access log of made-up traffic in combined format, line by line; any number of lines in constant memory.
 * The same arguments give the same lines on every machine; fewer lines spread over the same week.
 */
export function* accessLog(lines: number, seed: number): Generator<string> {
  const random = new Random(seed);
  const popularity = { pages: new Zipf(PAGES.length), visitors: new Zipf(VISITORS) };
  const gap = Math.max(SHORTEST_VISIT_GAP_MS, Math.floor((SPAN_MS * LINES_A_VISIT) / lines));
  const visits: Visit[] = [];
  let nextVisit = START;
  for (let written = 0; written < lines; ) {
    let first = earliest(visits);
    while (first === undefined || first.next.time > nextVisit) {
      begin(visits, visit(random, popularity, nextVisit));
      nextVisit += random.between(0, 2 * gap);
      first = earliest(visits);
    }
    const { line } = first.next;
    advance(visits, first);
    yield random.chance(BROKEN_LINES) ? broken(random, line) : line;
    written += 1;
    if (written < lines && random.chance(REPEATED_LINES)) {
      yield line;
      written += 1;
    }
  }
}

function earliest(visits: readonly Visit[]): Visit | undefined {
  let first: Visit | undefined;
  for (const candidate of visits)
    if (first === undefined || candidate.next.time < first.next.time) first = candidate;
  return first;
}

function begin(visits: Visit[], rest: Iterator<Entry>): void {
  const { value, done } = rest.next();
  if (!done) visits.push({ next: value, rest });
}

function advance(visits: Visit[], current: Visit): void {
  const { value, done } = current.rest.next();
  if (done) visits.splice(visits.indexOf(current), 1);
  else current.next = value;
}

interface Popularity {
  readonly pages: Zipf;
  readonly visitors: Zipf;
}

function visit(random: Random, popularity: Popularity, start: number): Iterator<Entry> {
  const kind = random.next();
  if (kind < 0.7) return person(random, popularity, start);
  if (kind < 0.88) return crawler(random, popularity, start);
  return kind < 0.95 ? monitor(random, start) : scanner(random, start);
}

function* person(random: Random, { pages, visitors }: Popularity, start: number): Generator<Entry> {
  // Whoever comes back has the same address and browser: both follow from the visitor's number.
  const visitor = random.chance(REGULARS) ? visitors.rank(random) : random.between(0, VISITORS - 1);
  const traits = new Random(visitor + 1);
  const write = writer(address(traits), traits.pick(BROWSERS), traits.chance(0.7) ? VERSION_2 : HTTP);
  const arrival = random.pick(ARRIVALS);
  let { referrer } = arrival;
  let time = start;
  for (let left = random.between(1, 6), seen = 0; left > 0; left -= 1, seen += 1) {
    const path = PAGES[pages.rank(random)] ?? '/';
    const target = seen === 0 && arrival.query !== '' ? `${path}?${arrival.query}` : path;
    if (random.chance(0.03)) {
      yield write(time, 'GET', `/old${path}`, 301, 178, referrer);
      time += random.between(50, 900);
    }
    const status = random.chance(0.02) ? 404 : random.chance(0.004) ? 502 : random.chance(0.05) ? 304 : 200;
    yield write(
      time,
      'GET',
      target,
      status,
      status === 304 ? undefined : random.between(3_000, 40_000),
      referrer,
    );
    referrer = `${SITE}${target}`;
    const assets = seen === 0 ? [...PAGE_ASSETS, '/favicon.ico'] : [];
    for (let pictures = random.between(0, 3); pictures > 0; pictures -= 1) assets.push(picture(random));
    for (const asset of assets) {
      time += random.between(5, 400);
      const cached = random.chance(0.2);
      yield write(
        time,
        'GET',
        asset,
        cached ? 304 : 200,
        cached ? undefined : random.between(400, 250_000),
        referrer,
      );
    }
    time += random.between(4_000, 90_000);
    if (random.chance(0.06)) {
      yield write(
        time,
        'GET',
        `/search?q=${random.pick(['tent', 'warm+boots', 'caf%C3%A9', 'two%20person'])}`,
        200,
        9_120,
        referrer,
      );
      time += random.between(2_000, 20_000);
    }
    if (random.chance(0.05)) yield write(time, 'POST', '/cart', 303, 0, referrer);
  }
}

function* crawler(random: Random, { pages }: Popularity, start: number): Generator<Entry> {
  const write = writer(
    `198.18.${random.between(0, 7)}.${random.between(1, 254)}`,
    random.pick(CRAWLERS),
    HTTP,
  );
  let time = start;
  yield write(time, 'GET', '/robots.txt', 200, 412, '-');
  if (random.chance(0.3))
    yield write(time, 'GET', random.pick(['/sitemap.xml', '/journal/feed.atom']), 200, 18_400, '-');
  for (let left = random.between(1, 9); left > 0; left -= 1) {
    time += random.between(1_000, 30_000);
    const missing = random.chance(0.05);
    yield write(
      time,
      'GET',
      PAGES[pages.rank(random)] ?? '/',
      missing ? 410 : 200,
      missing ? 152 : 21_000,
      '-',
    );
  }
}

function* monitor(random: Random, start: number): Generator<Entry> {
  const write = writer('uptime-7.monitor.example', 'UptimeCheck/2.4 (+https://monitor.example/)', HTTP);
  for (let checks = random.between(1, 3), time = start; checks > 0; checks -= 1, time += 60_000) {
    yield write(time, 'HEAD', '/', 200, undefined, '-');
  }
  if (random.chance(0.2))
    yield writer('::1', 'internal dummy connection', 'HTTP/1.0')(start, 'OPTIONS', '*', 200, undefined, '-');
}

function* scanner(random: Random, start: number): Generator<Entry> {
  const client = address(random);
  const agent = random.pick(['-', 'python-requests/2.32.3', String.raw`Mozilla/5.0 \"zgrab\" 0.x`]);
  const write = writer(client, agent, HTTP);
  for (
    let left = random.between(1, 5), time = start;
    left > 0;
    left -= 1, time += random.between(100, 2_000)
  ) {
    const [method, status] = random.chance(0.3) ? (['POST', 405] as const) : (['GET', 404] as const);
    if (random.chance(0.2)) yield rawRequest(client, time, random.pick(GARBAGE_REQUESTS), 400, 226, '-', '-');
    else yield write(time, method, random.pick(PROBES), status, 153, '-');
  }
}

type Write = (
  time: number,
  method: string,
  target: string,
  status: number,
  bytes: number | undefined,
  referrer: string,
) => Entry;

function writer(client: string, agent: string, protocol: string): Write {
  return (time, method, target, status, bytes, referrer) =>
    rawRequest(client, time, `${method} ${target} ${protocol}`, status, bytes, referrer, agent);
}

function rawRequest(
  client: string,
  time: number,
  request: string,
  status: number,
  bytes: number | undefined,
  referrer: string,
  agent: string,
): Entry {
  const line = `${client} - - [${logTime(time)}] "${request}" ${status} ${bytes ?? '-'} "${referrer}" "${agent}"`;
  return { time, line };
}

function logTime(time: number): string {
  const iso = new Date(time).toISOString();
  return `${iso.slice(8, 10)}/${MONTHS[Number(iso.slice(5, 7)) - 1]}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`;
}

/** An address nobody has: 198.18.0.0/15 is kept for benchmarks, 2001:db8::/32 for documentation. */
function address(random: Random): string {
  if (random.chance(0.25)) {
    return `2001:db8:${random.between(1, 0xffff).toString(16)}::${random.between(1, 0xffff).toString(16)}`;
  }
  return `198.${random.between(18, 19)}.${random.between(8, 255)}.${random.between(1, 254)}`;
}

/** A line as it looks after a crash or a full disk. */
function broken(random: Random, line: string): string {
  return random.pick([line.slice(0, random.between(5, 60)), `\0\0\0\0${line}`, '']);
}
