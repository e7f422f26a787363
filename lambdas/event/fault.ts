/** Why an event or a request is refused. Codes are part of the API: they are never renamed. */
export type FaultCode =
  | 'not_an_object'
  | 'missing_field'
  | 'invalid_field'
  | 'too_long'
  | 'too_deep'
  | 'too_many_keys'
  | 'too_many_items'
  | 'nested_batch'
  | 'id_conflict';

/** One fault of one event. */
export interface Fault {
  readonly code: FaultCode;
  /** JSON pointer to the field, relative to the event. */
  readonly pointer: string;
  /** What to change, in a sentence; never the value itself. */
  readonly message: string;
}
