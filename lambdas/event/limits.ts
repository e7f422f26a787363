/** The published limits of an event and a request. Beyond a limit an item is refused with a code, never cut. */
export const limits = {
  /** Bytes of a request body after decompression. */
  bodyBytes: 1_048_576,
  /** Bytes of a text/plain body: what a browser lets a beacon carry. */
  beaconBytes: 65_536,
  /** Events of one request. */
  eventsPerRequest: 1_000,
  /** Levels of nested arrays and objects; Node's own parser would follow a million. */
  jsonDepth: 64,
  /** Keys of all objects of an event together. */
  objectKeys: 500,
  /** Characters of an event type, category or action. */
  nameLength: 50,
  /** Characters of a label, a session id or a visitor id. */
  identifierLength: 255,
  /** Characters of a page address, a referrer or a page title. */
  addressLength: 2_048,
  /** Characters of a user agent that a payload may send, and how many of them are read: the rest costs the parser and says nothing. */
  userAgentAccepted: 8_192,
  userAgentLength: 1_000,
  /** Whole numbers of the vault's integer columns. */
  integerMin: -2_147_483_648,
  integerMax: 2_147_483_647,
  /** Largest price or ratio either way: what numeric(10,2) holds, in whole units. */
  decimalMagnitude: 99_999_999,
  /** Items of one event. */
  itemsPerEvent: 100,
  /** Characters of an item's type or category. */
  itemWordLength: 100,
  /** Characters of a currency. */
  currencyLength: 10,
  /** Bytes of the fields that a batch's envelope hands to each of its events: they are stored once per event. */
  envelopeBytes: 8_192,
  /** Earliest time of an event, and how far past its arrival it may lie. Outside, the arrival counts and the event says so. */
  oldestEventTime: Date.UTC(2000, 0, 1),
  futureToleranceMilliseconds: 24 * 60 * 60 * 1_000,
} as const;
