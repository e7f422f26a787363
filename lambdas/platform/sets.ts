/**
 * Cuts a list into sets, in order, none above the given number of items or total weight; an item that is too heavy by itself
 * gets a set of its own.
 */
export function inSets<Item>(
  items: readonly Item[],
  weigh: (item: Item) => number,
  most: { readonly items: number; readonly weight: number },
): Item[][] {
  const sets: Item[][] = [];
  let weight = 0;
  for (const item of items) {
    const current = sets.at(-1);
    const own = weigh(item);
    if (current === undefined || current.length >= most.items || weight + own > most.weight) {
      sets.push([item]);
      weight = own;
    } else {
      current.push(item);
      weight += own;
    }
  }
  return sets;
}
