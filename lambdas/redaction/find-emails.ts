import type { Found } from './found.ts';
import { rules } from './rules.ts';

const LETTERS = `${rules.emailLetters.slice(0, -1)}@-`;
const RUN = new RegExp(`(?<![${LETTERS}])[${LETTERS}]+`, 'g');
const HOST = new RegExp(rules.emailHost);
const NO_HOST = new RegExp(rules.noHost);
const FILE_ENDINGS = new Set<string>(rules.fileEndings);
/** Endings that the name of a file may have one behind the other, as in `.json.gz`. */
const MOST_ENDINGS = 4;

/** @param users where users in front of hosts end: what follows is the host's `@`. */
export function findEmails(text: string, users: ReadonlySet<number>): Found[] {
  return [...text.matchAll(RUN)]
    .flatMap(({ 0: run, index }) => (run.includes('@') ? findInRun(run, index) : []))
    .filter(({ at }) => !users.has(at))
    .map(({ start, end }) => ({ start, end, kind: 'email' }));
}

interface Address {
  readonly start: number;
  readonly at: number;
  readonly end: number;
}

/** The addresses in letters without a blank between them, which may hold more than one `@`. */
function findInRun(run: string, index: number): Address[] {
  const found: Address[] = [];
  let taken = 0;
  for (let at = run.indexOf('@'); at !== -1; at = run.indexOf('@', at + 1)) {
    const begin = Math.max(taken, run.lastIndexOf('@', at - 1) + 1);
    const start = begin + leading(run, begin, at);
    const next = run.indexOf('@', at + 1);
    const host = hostIn(run.slice(at + 1, next === -1 ? run.length : next));
    if (start < at && host > 0) {
      taken = at + 1 + host;
      found.push({ start: index + start, at: index + at, end: index + taken });
    }
  }
  return found;
}

/** Marks in front of a name that are no part of it. */
function leading(run: string, begin: number, at: number): number {
  let length = 0;
  while (begin + length < at && "'.%+!-".includes(run.charAt(begin + length))) length += 1;
  return length;
}

/** Letters of the host that a text begins with; 0 when it begins with none. An address may be the name of a file. */
function hostIn(text: string): number {
  if (NO_HOST.test(text)) return 0;
  let rest = text;
  for (let endings = 0; ; endings += 1) {
    const host = HOST.exec(rest)?.[0];
    if (host === undefined || /[0-9]/.test(rest.charAt(host.length))) return 0;
    const dot = host.lastIndexOf('.');
    const isFile = FILE_ENDINGS.has(host.slice(dot + 1).toLowerCase());
    if (!isFile || endings === MOST_ENDINGS) return host.length;
    rest = host.slice(0, dot);
  }
}
