import type { ThrottleModel } from '../template.ts';

/** A token bucket as API Gateway throttles: `burst` requests at once, refilled at `rate` a second. */
export class Throttle {
  readonly #limit: ThrottleModel;
  readonly #now: () => number;
  #tokens: number;
  #filledAt: number;

  /** @param now the clock, in milliseconds. */
  constructor(limit: ThrottleModel, now: () => number = () => performance.now()) {
    this.#limit = limit;
    this.#now = now;
    this.#tokens = limit.burst;
    this.#filledAt = now();
  }

  /** Takes one token; false when there is none. */
  admit(): boolean {
    const now = this.#now();
    const refill = ((now - this.#filledAt) / 1000) * this.#limit.rate;
    this.#tokens = Math.min(this.#limit.burst, this.#tokens + refill);
    this.#filledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}
