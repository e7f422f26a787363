/**
 * A seeded source of random choices, the same on every machine: it uses 32-bit integers and divisions only, because
 * the last digit of Math.log or Math.pow may differ between engines. Not for secrets.
 */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 up to, not including, 1 (Mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from `min` to `max`, both included. */
  between(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(choices: readonly [T, ...T[]]): T {
    return choices[Math.floor(this.next() * choices.length)] ?? choices[0];
  }
}

/** Ranks by Zipf's law: rank 0 is chosen twice as often as rank 1, three times as often as rank 2. */
export class Zipf {
  readonly #upTo: Float64Array;
  readonly #total: number;

  constructor(ranks: number) {
    this.#upTo = new Float64Array(ranks);
    let total = 0;
    for (let rank = 0; rank < ranks; rank += 1) {
      total += 1 / (rank + 1);
      this.#upTo[rank] = total;
    }
    this.#total = total;
  }

  rank(random: Random): number {
    const target = random.next() * this.#total;
    let low = 0;
    let high = this.#upTo.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#upTo[middle] ?? 0) > target) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
