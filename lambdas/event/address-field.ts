import type { Payload } from './payload.ts';

/** The field by which a sender names the visitor's address. It is read, and never stored. */
const ADDRESS_FIELD = 'client_ip';

/** The payload without an address at any level; the very same object when there is none. */
export function withoutAddress(payload: Payload): Payload {
  return withoutField(payload);
}

function withoutField<Value>(value: Value): Value;
function withoutField(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const copy = value.map(withoutField);
    return copy.every((member, index) => member === value[index]) ? value : copy;
  }
  const members = Object.entries(value);
  const kept = members
    .filter(([key]) => key !== ADDRESS_FIELD)
    .map(([key, member]) => [key, withoutField(member)] as const);
  const isSame =
    kept.length === members.length && kept.every(([, member], index) => member === members[index]?.[1]);
  return isSame ? value : Object.fromEntries(kept);
}
