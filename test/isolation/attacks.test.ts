import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TestDatabase } from '../support/database.ts';
import { type Attack, attacks } from './attacks.ts';
import { createGround, type Ground } from './ground.ts';
import { powers } from './powers.ts';

let database: TestDatabase;
let ground: Ground;
beforeAll(async () => {
  ({ database, ground } = await createGround());
});
afterAll(() => database.drop());

it.each(Object.entries<Attack>({ ...attacks, ...powers }))('%s', async (_, attack) => {
  expect(await attack(ground)).toEqual([]);
});
