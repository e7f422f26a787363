import * as z from 'zod';
import type { Queryable } from '../../platform/postgres.ts';
import { readStatement } from '../../platform/statement.ts';
import type { VisitorEvent } from './visitor-events.ts';

const sharedPages = readStatement('erasure/shared_pages');
const sharedPageStates = readStatement('erasure/shared_page_states');
const sharedSources = readStatement('erasure/shared_sources');
const sharedItems = readStatement('erasure/shared_items');
const sharedWords = readStatement('erasure/shared_words');

const key = z.instanceof(Buffer);
const pageRow = z.object({ key });
const pageStateRow = z.object({
  site_page_hk: key,
  page_state_id: z.string(),
  /** How many others saw it. */
  visitors: z.number(),
  page_title: z.string().nullable(),
  page_category: z.string().nullable(),
  page_type: z.string().nullable(),
});
const sourceRow = z.object({ id: z.string() });
const itemRow = z.object({ key, state_id: z.string() });
const wordRow = z.object({ place: z.string(), word: z.string() });

/** What is said of a page. */
export type PageState = z.infer<typeof pageStateRow>;

/** Where an event or its visitor's state has free words, which may be a name as well as anything. */
export const wordPlaces = [
  'event_type',
  'event_category',
  'event_action',
  'event_label',
  'business_item_type',
  'transaction_funnel_step',
  'conversion_funnel_stage',
  'device_type',
  'browser_name',
  'operating_system',
] as const;
export type WordPlace = (typeof wordPlaces)[number];

/** What some visitors' events have in common with the events of others. What nobody else has may say who it was. */
export interface SharedTraits {
  hasPage(page: Buffer): boolean;
  /** The states that others saw a page in, the one most of them saw first. */
  pageStates(page: Buffer): readonly PageState[];
  hasSource(sourceId: string): boolean;
  hasItem(itemHk: string): boolean;
  hasItemState(itemHk: string, stateId: string): boolean;
  hasWord(place: WordPlace, word: string): boolean;
}

/**
 * @param excluded keys of the visitors whose own events do not count.
 * @param events all events of these visitors.
 */
export async function findSharedTraits(
  database: Queryable,
  tenantHk: Buffer,
  excluded: readonly Buffer[],
  events: readonly VisitorEvent[],
): Promise<SharedTraits> {
  const ask = async <Row>(
    row: z.ZodType<Row>,
    statement: string,
    others: readonly Buffer[],
    asked: readonly unknown[],
    ...columns: readonly (readonly unknown[])[]
  ): Promise<Row[]> => {
    // Nothing to ask for is not worth a look at all events.
    if (asked.length === 0) return [];
    const { rows } = await database.query(statement, [tenantHk, others, asked, ...columns]);
    return z.array(row).parse(rows);
  };
  const seen = pagesOf(events.filter(({ page_key }) => page_key !== null));
  const pages = await ask(pageRow, sharedPages, excluded, seen);
  const described = pagesOf(events.filter(({ page_state_id }) => page_state_id !== null));
  const states = await ask(pageStateRow, sharedPageStates, excluded, described);
  const detailed = new Set(events.filter(hasDetails).map(({ traffic_source_id }) => traffic_source_id));
  const sources = await ask(sourceRow, sharedSources, excluded, [...detailed]);
  const listed = new Set(events.flatMap((event) => event.items.map(({ hk }) => hk)));
  const items = await ask(
    itemRow,
    sharedItems,
    excluded,
    [...listed].map((hk) => Buffer.from(hk, 'hex')),
  );
  const said = [
    ...new Map(events.flatMap(wordsOf).map((each) => [`${each.place} ${each.word}`, each])).values(),
  ];
  const words = await ask(
    wordRow,
    sharedWords,
    excluded,
    said.map(({ place }) => place),
    said.map(({ word }) => word),
  );

  const pageKeys = new Set(pages.map((page) => page.key.toString('hex')));
  const statesOf = Map.groupBy(states, ({ site_page_hk }) => site_page_hk.toString('hex'));
  const sourceIds = new Set(sources.map(({ id }) => id));
  const itemKeys = new Set(items.map((item) => item.key.toString('hex')));
  const itemStates = new Set(items.map((item) => `${item.key.toString('hex')} ${item.state_id}`));
  const spoken = new Set(words.map(({ place, word }) => `${place} ${word}`));
  const plain = new Set(
    events.filter((event) => !hasDetails(event)).map(({ traffic_source_id }) => traffic_source_id),
  );
  return {
    hasPage: (page) => pageKeys.has(page.toString('hex')),
    pageStates: (page) => statesOf.get(page.toString('hex')) ?? [],
    hasSource: (sourceId) => plain.has(sourceId) || sourceIds.has(sourceId),
    hasItem: (itemHk) => itemKeys.has(itemHk),
    hasItemState: (itemHk, stateId) => itemStates.has(`${itemHk} ${stateId}`),
    hasWord: (place, word) => spoken.has(`${place} ${word}`),
  };
}

/** Whether a source is more than a channel. */
const hasDetails = ({
  referrer_host,
  utm_source,
  utm_medium,
  utm_campaign,
  utm_content,
  utm_term,
}: VisitorEvent) =>
  [referrer_host, utm_source, utm_medium, utm_campaign, utm_content, utm_term].some(
    (detail) => detail !== null,
  );

const wordsOf = (event: VisitorEvent) =>
  wordPlaces.flatMap((place) => {
    const word = event[place];
    return word === null ? [] : [{ place, word }];
  });

const pagesOf = (events: readonly VisitorEvent[]): Buffer[] => [
  ...new Map(events.map(({ site_page_hk }) => [site_page_hk.toString('hex'), site_page_hk])).values(),
];
