import { fieldContainers, isPayload, type Payload } from './payload.ts';

/** The id under which a payload names its visitor, also one that is refused for something else; null when it names none. */
export function namedVisitor(payload: Payload): string | null {
  const places = [payload, ...fieldContainers.map((container) => payload[container]).filter(isPayload)];
  for (const { visitor_id: id } of places) {
    if (typeof id === 'string' && id.trim() !== '') return id;
    if (typeof id === 'number' || typeof id === 'boolean') return String(id);
  }
  return null;
}
