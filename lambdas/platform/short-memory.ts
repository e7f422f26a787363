interface Remembered<Value> {
  readonly value: Value;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** Remembers values by key, each until its time is over; of too many the oldest goes. */
export class ShortMemory<Value> {
  readonly #most: number;
  readonly #remembered = new Map<string, Remembered<Value>>();

  constructor(most: number) {
    this.#most = most;
  }

  /** The value, or undefined once its time is over. */
  recall(key: string): Value | undefined {
    const known = this.#remembered.get(key);
    return known !== undefined && known.until > Date.now() ? known.value : undefined;
  }

  /** The value though its time may be over, where a stale one is better than none. */
  recallStale(key: string): Value | undefined {
    return this.#remembered.get(key)?.value;
  }

  /** @param until milliseconds since 1970. */
  remember(key: string, value: Value, until: number): void {
    this.#remembered.delete(key);
    const [oldest] = this.#remembered.keys();
    if (oldest !== undefined && this.#remembered.size >= this.#most) this.#remembered.delete(oldest);
    this.#remembered.set(key, { value, until });
  }
}
