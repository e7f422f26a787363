/** Milliseconds within which equal entries become one. */
const MOMENT = 1_000;
/** Kinds of entries that one process tells apart; a flood of more is written sooner. */
const TOLD_APART = 1_000;

/** An entry, and how often it happened since it was last written. */
export interface Tallied<Entry> {
  readonly entry: Entry;
  readonly times: number;
}

interface Tally<Entry> {
  readonly entry: Entry;
  readonly writtenAt: number;
  times: number;
}

/**
 * Counts what may happen too often to be written each time. The first entry of a quiet second is written at once; the same again within the
 * second is counted and written as one after it: by a timer, or with the next call in a process that is frozen in between. What was
 * counted is lost with a process that ends.
 * @param keyOf equal for entries that count as the same.
 * @param write never fails.
 */
export function createTallies<Entry>(
  keyOf: (entry: Entry) => string,
  write: (rows: readonly Tallied<Entry>[]) => Promise<void>,
) {
  const tallies = new Map<string, Tally<Entry>>();
  let isWatching = false;

  /** Takes out what has been counted for longer than a moment, or all of it. */
  function due(all: boolean): Tallied<Entry>[] {
    const before = all ? Number.POSITIVE_INFINITY : Date.now() - MOMENT;
    const over = [...tallies].filter(([, { writtenAt }]) => writtenAt <= before);
    for (const [key] of over) tallies.delete(key);
    return over.map(([, { entry, times }]) => ({ entry, times })).filter(({ times }) => times > 0);
  }

  const writeAny = (rows: readonly Tallied<Entry>[]): Promise<void> =>
    rows.length === 0 ? Promise.resolve() : write(rows);

  function watch(): void {
    if (isWatching) return;
    isWatching = true;
    setTimeout(() => {
      isWatching = false;
      void writeAny(due(false));
      if (tallies.size > 0) watch();
    }, MOMENT).unref();
  }

  return {
    /** Resolves when the entry is written or counted. */
    async record(entry: Entry, times = 1): Promise<void> {
      const key = keyOf(entry);
      const rows = due(tallies.size >= TOLD_APART);
      const tally = tallies.get(key);
      if (tally === undefined) {
        tallies.set(key, { entry, writtenAt: Date.now(), times: 0 });
        rows.push({ entry, times });
      } else {
        tally.times += times;
      }
      watch();
      await writeAny(rows);
    },

    /** Writes what has been counted for longer than a moment. A process that is frozen between calls has no timer to do it. */
    writeDue: (): Promise<void> => writeAny(due(false)),
  };
}
