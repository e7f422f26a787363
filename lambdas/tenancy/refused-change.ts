/** A change to tenants, sites or tokens that cannot be made: the message says to the operator what to do instead. */
export class RefusedChange extends Error {
  override readonly name = 'RefusedChange';
}
