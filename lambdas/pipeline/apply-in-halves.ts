import { isPermanent, type Queryable, sqlState } from '../platform/postgres.ts';

/** An item that the database refuses, and its SQLSTATE. */
export interface RefusedItem<Item> {
  readonly item: Item;
  readonly state: string | null;
}

/**
 * Does `work` for all items; when the database refuses the set, halves it until the items it refuses stand alone.
 * @returns the items that were refused; the work is done for all others, and the transaction stays usable.
 * @throws what is not the items' fault, such as a lost connection.
 */
export async function applyInHalves<Item>(
  client: Queryable,
  items: readonly Item[],
  work: (items: readonly Item[]) => Promise<unknown>,
): Promise<RefusedItem<Item>[]> {
  const [only] = items;
  if (only === undefined) return [];
  await client.query('SAVEPOINT attempt');
  try {
    await work(items);
    await client.query('RELEASE SAVEPOINT attempt');
    return [];
  } catch (error) {
    await client.query('ROLLBACK TO SAVEPOINT attempt');
    if (!isPermanent(error)) throw error;
    if (items.length === 1) return [{ item: only, state: sqlState(error) }];
  }
  const middle = Math.ceil(items.length / 2);
  return [
    ...(await applyInHalves(client, items.slice(0, middle), work)),
    ...(await applyInHalves(client, items.slice(middle), work)),
  ];
}
