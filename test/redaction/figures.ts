import { isPayload, type Payload } from '../../lambdas/event/payload.ts';
import { createTenantRules, type TenantRules } from '../../lambdas/redaction/key-facts.ts';
import { redactPayload } from '../../lambdas/redaction/redact-payload.ts';
import {
  type Label,
  labelFiles,
  type PlantedKind,
  plantedKinds,
  readLabels,
  type SetName,
} from './labels/label.ts';

export const standardRules = createTenantRules({ deny_keys: [], allow_keys: [] });

/** The event that brings a string where its label says. */
export function eventWith({ place, key, text }: Label): Payload {
  switch (place) {
    case 'url':
      return { event_type: 'page_view', page_url: text };
    case 'title':
      return { event_type: 'page_view', page_url: '/', page_title: text };
    case 'property':
      return { event_type: 'custom', properties: { [key ?? 'note']: text } };
    case 'form':
      return { event_type: 'custom', properties: { inputs: [{ name: key ?? 'note', value: text }] } };
    case 'text':
      return { event_type: 'custom', properties: { message: text } };
  }
}

/** What stands where the string was put. */
export function stringIn({ place, key }: Label, event: Payload): unknown {
  const properties = isPayload(event.properties) ? event.properties : {};
  switch (place) {
    case 'url':
      return event.page_url;
    case 'title':
      return event.page_title;
    case 'property':
      return properties[key ?? 'note'];
    case 'form': {
      const [field]: unknown[] = Array.isArray(properties.inputs) ? properties.inputs : [];
      return isPayload(field) ? field.value : undefined;
    }
    case 'text':
      return properties.message;
  }
}

export interface Judgement {
  readonly label: Label;
  readonly stored: unknown;
  /** Kinds of which anything is left. */
  readonly left: readonly PlantedKind[];
  /** Whether everything else of the string is as it was. */
  readonly isExact: boolean;
}

const MARKERS = /\[redacted:[a-z]+\]|%5Bredacted%3A[a-z]+%5D/g;
/** So many letters of a value in a row tell something of it. */
const PIECE = 5;

/** Whether any piece of a value stands in what is left that the rest of the string does not hold by itself. */
function isLeft(value: string, rest: string, around: string): boolean {
  const length = Math.min(PIECE, value.length);
  for (let at = 0; at + length <= value.length; at += 1) {
    const piece = value.slice(at, at + length);
    if (rest.includes(piece) && !around.includes(piece)) return true;
  }
  return false;
}

export function judge(label: Label, rules: TenantRules = standardRules): Judgement {
  const { payload } = redactPayload(eventWith(label), {
    rules,
    isForm: false,
    pseudonymOf: () => 'pseudonym',
  });
  const stored = stringIn(label, payload);
  const rest = String(stored).replace(MARKERS, '\n');
  const around = label.planted.reduce((text, [, value]) => text.replaceAll(value, '\n'), label.text);
  return {
    label,
    stored,
    left: label.planted.flatMap(([kind, value]) => (isLeft(value, rest, around) ? [kind] : [])),
    isExact: rest === around,
  };
}

export interface SetFigures {
  readonly strings: number;
  readonly clean: number;
  /** Clean strings that were changed. */
  readonly changed: number;
  /** Strings of which more was redacted, or less, than what is planted. */
  readonly inexact: number;
  readonly planted: ReadonlyMap<PlantedKind, { readonly values: number; readonly found: number }>;
}

export function figuresOf(labels: readonly Label[]): SetFigures {
  const judgements = labels.map((label) => judge(label));
  const clean = judgements.filter(({ label }) => label.planted.length === 0);
  const others = judgements.filter(({ label }) => label.planted.length > 0);
  return {
    strings: labels.length,
    clean: clean.length,
    changed: clean.filter(({ isExact }) => !isExact).length,
    inexact: others.filter(({ isExact }) => !isExact).length,
    planted: new Map(
      plantedKinds.map((kind) => {
        const values = others.flatMap(({ label }) =>
          label.planted.filter(([planted]) => planted === kind),
        ).length;
        const left = others.flatMap((judgement) =>
          judgement.left.filter((planted) => planted === kind),
        ).length;
        return [kind, { values, found: values - left }];
      }),
    ),
  };
}

export const recall = ({ planted }: SetFigures): number => {
  const all = [...planted.values()];
  return all.reduce((sum, { found }) => sum + found, 0) / all.reduce((sum, { values }) => sum + values, 0);
};

export const falsePositives = ({ clean, changed }: SetFigures): number => changed / clean;

const share = (part: number): string => `${(100 * part).toFixed(2)} %`;

/** The figures of all sets as a table of Markdown. */
export function figuresTable(): string {
  const names = Object.keys(labelFiles) as SetName[];
  const sets = names.map((name) => figuresOf(readLabels(name)));
  const rows = [
    ...plantedKinds.map((kind) => [
      kind,
      ...sets.map(({ planted }) => {
        const { values, found } = planted.get(kind) ?? { values: 0, found: 0 };
        return `${found} of ${values}`;
      }),
    ]),
    ['all: recall', ...sets.map((set) => share(recall(set)))],
    ['clean strings that were changed', ...sets.map(({ changed, clean }) => `${changed} of ${clean}`)],
    ['false positives', ...sets.map((set) => share(falsePositives(set)))],
    ['strings of which something else was changed', ...sets.map(({ inexact }) => String(inexact))],
  ];
  return [['what', ...names], ['---', ...names.map(() => '---')], ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}
