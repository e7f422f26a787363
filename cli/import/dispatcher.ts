import type { Batch } from './batch.ts';
import type { Ledger } from './ledger.ts';

/** Sends several batches at a time and hands their ledgers on in the order of the file. */
export class Dispatcher {
  readonly #send: (batch: Batch) => Promise<boolean>;
  readonly #onSettled: (ledger: Ledger) => void;
  readonly #limit: number;
  readonly #underWay = new Set<Promise<void>>();
  /** Batches in order, answered ones staying until all before them are. */
  #order: { ledger: Ledger; settled: boolean }[] = [];
  #failure: { readonly error: unknown } | undefined;

  /**
   * @param send answers false when it was stopped
   * @param onSettled called once a batch and all before it are answered
   */
  constructor(limit: number, send: (batch: Batch) => Promise<boolean>, onSettled: (ledger: Ledger) => void) {
    this.#limit = limit;
    this.#send = send;
    this.#onSettled = onSettled;
  }

  /** Takes a batch as soon as a place is free. @throws what an earlier batch failed with. */
  async submit(batch: Batch): Promise<void> {
    while (this.#underWay.size >= this.#limit) await Promise.race(this.#underWay);
    this.#throwFailure();
    const place = { ledger: batch.ledger, settled: false };
    this.#order.push(place);
    if (batch.size === 0) {
      this.#settle(place);
      return;
    }
    const sending = this.#send(batch)
      .then((answered) => {
        if (answered) this.#settle(place);
      })
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => this.#underWay.delete(sending));
    this.#underWay.add(sending);
  }

  /** Waits for all that is under way. @throws what a batch failed with. */
  async drain(): Promise<void> {
    await Promise.all(this.#underWay);
    this.#throwFailure();
  }

  #settle(place: { settled: boolean }): void {
    place.settled = true;
    const firstOpen = this.#order.findIndex(({ settled }) => !settled);
    const closed = this.#order.splice(0, firstOpen < 0 ? this.#order.length : firstOpen);
    for (const { ledger } of closed) this.#onSettled(ledger);
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
