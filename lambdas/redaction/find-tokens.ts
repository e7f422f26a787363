import type { Found } from './found.ts';
import { rules } from './rules.ts';

const HINT = new RegExp(rules.tokenHint);
const RUN = new RegExp(`(?<![${rules.tokenLetters}])[${rules.tokenLetters}]+`, 'g');
const TOKEN = new RegExp(rules.token);
const SCHEME = new RegExp(rules.scheme, 'g');
const BASE64 = /^(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

/** Credentials by the form that their issuer gives them. */
export const findIssued = (text: string): Found[] =>
  HINT.test(text) ? [...text.matchAll(RUN)].flatMap(({ 0: run, index }) => findInRun(run, index)) : [];

/** Whether a text may name a scheme. */
export const namesScheme = (text: string): boolean =>
  ['earer', 'asic', 'EARER', 'ASIC'].some((end) => text.includes(end));

function findInRun(run: string, index: number): Found[] {
  if (!HINT.test(run)) return [];
  let end = run.length;
  while (run.charAt(end - 1) === '.') end -= 1;
  if (TOKEN.test(run.slice(0, end))) return [{ start: index, end: index + end, kind: 'token' }];
  if (!run.includes('.')) return [];
  const found: Found[] = [];
  let at = 0;
  for (const part of run.split('.')) {
    if (TOKEN.test(part)) found.push({ start: index + at, end: index + at + part.length, kind: 'token' });
    at += part.length + 1;
  }
  return found;
}

/** Credentials that follow the name of their scheme. */
export function findSchemes(text: string): Found[] {
  return [...text.matchAll(SCHEME)].flatMap(({ 0: all, 1: scheme = '', 2: credential = '', index }) => {
    const start = index + all.length - credential.length;
    const isCredential =
      scheme.length === 'bearer'.length
        ? credential.length >= rules.bearerLength && /[A-Za-z]/.test(credential) && /[0-9]/.test(credential)
        : isUserAndPassword(credential);
    return isCredential ? [{ start, end: start + credential.length, kind: 'token' as const }] : [];
  });
}

/** Whether it spells a user and a password in Base64. A word of prose is spelled without digits, marks and capitals inside. */
function isUserAndPassword(credential: string): boolean {
  if (!BASE64.test(credential) || !/[0-9+/=]|[A-Za-z][A-Z]/.test(credential)) return false;
  return /^[\x20-\x7E\x80-\xFF]*:[\x20-\x7E\x80-\xFF]*$/.test(
    Buffer.from(credential, 'base64').toString('latin1'),
  );
}
