import { Random } from '../../../cli/sample/random.ts';
import type { Unnumbered } from './label.ts';
import { negatives } from './negatives.ts';
import { positives } from './positives.ts';

/** The set of our own making, the same for the same seed. */
export function ownSet(seed = 2_026): Unnumbered[] {
  const random = new Random(seed);
  return [...positives(random), ...negatives(random)];
}
