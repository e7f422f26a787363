import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

/** What is planted in the strings, as the records of redaction call it. */
export const plantedKinds = ['card', 'ssn', 'iban', 'email', 'token', 'userinfo', 'secret'] as const;
export type PlantedKind = (typeof plantedKinds)[number];

/** Where a string is sent: as an event's address, its title, a property, an entry of a list of form fields, a message in prose. */
export const places = ['url', 'title', 'property', 'form', 'text'] as const;
export type Place = (typeof places)[number];

const label = z.strictObject({
  id: z.string(),
  place: z.enum(places),
  /** Name of the property or form field that holds the string. */
  key: z.string().nullable(),
  text: z.string(),
  /** What must not be stored, as it is spelled in the text, with its kind. Nothing of a clean string may change. */
  planted: z.array(z.tuple([z.enum(plantedKinds), z.string()])),
});
export type Label = z.infer<typeof label>;

/** A string before it has its place in a set. */
export type Unnumbered = Omit<Label, 'id'> & { readonly group: string };

/** The sets, by the name of their file. The first is made by a seed, the second of what other people publish as examples. */
export const labelFiles = {
  own: join(import.meta.dirname, '../labelled-strings.jsonl'),
  'held out': join(import.meta.dirname, '../held-out-strings.jsonl'),
} as const;
export type SetName = keyof typeof labelFiles;

export const readLabels = (name: SetName): Label[] =>
  readFileSync(labelFiles[name], 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => label.parse(JSON.parse(line)));

/**
 * A set in JSON lines. Of each token one letter is written as an escape, so that scanners which look for lost credentials do not
 * take these for any.
 */
export function writeLabels(strings: readonly Unnumbered[]): string {
  const counts = new Map<string, number>();
  const lines = strings.map(({ group, ...rest }) => {
    const number = (counts.get(group) ?? 0) + 1;
    counts.set(group, number);
    const line = JSON.stringify({ id: `${group}-${String(number).padStart(4, '0')}`, ...rest });
    return rest.planted.reduce(
      (written, [kind, value]) => (kind === 'token' ? written.replaceAll(value, escapeOne(value)) : written),
      line,
    );
  });
  return `${lines.join('\n')}\n`;
}

const escapeOne = (value: string): string =>
  `${value.slice(0, 2)}\\u${value.charCodeAt(2).toString(16).padStart(4, '0')}${value.slice(3)}`;
