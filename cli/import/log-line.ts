import { isIP } from 'node:net';

/** The request line of a log entry, when it reads as HTTP. */
export interface RequestLine {
  readonly method: string;
  /** As the client sent it; bytes outside printable ASCII are percent-encoded. */
  readonly target: string;
  /** Absent for HTTP/0.9, which sends none. */
  readonly protocol: string | undefined;
}

/** One entry of an access log in common or combined format. */
export interface LogLine {
  /** An IP address, or a host name where the server looks names up. */
  readonly client: string;
  /** Milliseconds since 1970, UTC. */
  readonly time: number;
  /** Absent when the client sent something that is no HTTP ("-", TLS bytes on a plain port). */
  readonly request: RequestLine | undefined;
  /** The request field as it stands in the log, escapes included. */
  readonly loggedRequest: string;
  readonly status: number;
  /** Body bytes sent; absent when the log has "-". */
  readonly bytes: number | undefined;
  readonly referrer: string | undefined;
  readonly userAgent: string | undefined;
  /** The entry was cut off inside the user agent, its last field. */
  readonly truncated: boolean;
}

const QUOTED = String.raw`[^"\\]*(?:\\.[^"\\]*)*`;
// A user name may hold spaces. What follows the agent (nginx and load balancers append fields) is left alone.
const ENTRY = new RegExp(
  String.raw`^(\S+) \S+ .{1,256}? \[([^\]]{20,32})\] "(${QUOTED})" (\d{3}) (\d{1,15}|-)(?: "(${QUOTED})" "(${QUOTED})("?)(.*))?$`,
  's',
);
const TIME = /^(\d{2})\/([A-Z][a-z]{2})\/(\d{4}):(\d{2}):(\d{2}):(\d{2}) ([+-])(\d{2})(\d{2})$/;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const REQUEST = /^([A-Za-z][A-Za-z_-]{0,31}) (\S.*?)(?: (HTTP\/\d(?:\.\d)?))?$/s;
const TARGET = /^(?:\/|\*$|[A-Za-z][A-Za-z0-9+.-]*:\/\/)/;
const HOST_NAME = /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252})$/;
const ESCAPE = /\\(x[0-9A-Fa-f]{2}|.)/gs;
const MINUTE_MS = 60_000;

/**
 * Reads one entry, `undefined` when it is malformed.
 * @param line one character a byte (latin1), without its line end
 */
export function parseLogLine(line: string): LogLine | undefined {
  const match = ENTRY.exec(line);
  if (match === null) return undefined;
  const [
    ,
    client = '',
    timeText = '',
    loggedRequest = '',
    status,
    bytes,
    referrer,
    userAgent,
    quote,
    rest = '',
  ] = match;
  if (isIP(client) === 0 && !HOST_NAME.test(client)) return undefined;
  const time = parseLogTime(timeText);
  if (time === undefined) return undefined;
  const truncated = quote === '';
  // An unescaped quote inside the agent, or a cut in the middle of an escape: the field's end is a guess.
  if (rest !== '' && (truncated || !rest.startsWith(' '))) return undefined;
  return {
    client,
    time,
    request: parseRequest(loggedRequest),
    loggedRequest: asText(loggedRequest),
    status: Number(status),
    bytes: bytes === '-' ? undefined : Number(bytes),
    referrer: isAbsent(referrer) ? undefined : asUrlText(referrer),
    userAgent: isAbsent(userAgent) ? undefined : asText(withoutEscapes(userAgent, false)),
    truncated,
  };
}

function isAbsent(field: string | undefined): field is undefined | '' | '-' {
  return field === undefined || field === '' || field === '-';
}

/** Reads `17/May/2015:10:05:03 +0000`; `undefined` for a time no calendar has. */
export function parseLogTime(text: string): number | undefined {
  const match = TIME.exec(text);
  if (match === null) return undefined;
  const [, day, monthName = '', year, hour, minute, second, sign, offsetHours, offsetMinutes] = match;
  const month = MONTHS.indexOf(monthName);
  const offset = (Number(offsetHours) * 60 + Number(offsetMinutes)) * (sign === '-' ? -1 : 1);
  if (month < 0 || Number(year) < 1970 || Number(offsetMinutes) > 59 || Number(offsetHours) > 14)
    return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const local = Date.UTC(Number(year), month, Number(day), Number(hour), Number(minute), Number(second));
  // Date.UTC rolls 31 April over into May; the day it ends on tells.
  if (new Date(local).getUTCDate() !== Number(day)) return undefined;
  const time = local - offset * MINUTE_MS;
  return time < 0 ? undefined : time;
}

function parseRequest(logged: string): RequestLine | undefined {
  const match = REQUEST.exec(logged);
  if (match === null) return undefined;
  const [, method = '', target = '', protocol] = match;
  const isAuthority = method === 'CONNECT' && /^[^\s/]+:\d{1,5}$/.test(target);
  if (!isAuthority && !TARGET.test(target)) return undefined;
  return { method, target: asUrlText(target), protocol };
}

const NAMED_CONTROLS = new Map([
  ['b', '\b'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
]);

/** Undoes the escapes of Apache and nginx; control characters stay escaped unless `controls`. */
function withoutEscapes(field: string, controls: boolean): string {
  if (!field.includes('\\')) return field;
  return field.replace(ESCAPE, (logged, body: string) => {
    const character = body.length === 3 ? String.fromCharCode(Number.parseInt(body.slice(1), 16)) : undefined;
    const byte = character ?? NAMED_CONTROLS.get(body) ?? body;
    return controls || !isControl(byte) ? byte : logged;
  });
}

function isControl(byte: string): boolean {
  return byte < ' ' || byte === '\x7f';
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROLS = /[\0-\x1f\x7f]/g;
const NOT_URL_BYTES = /[^\x21-\x7e]/g;
const utf8 = new TextDecoder('utf-8', { fatal: true });
const windows1252 = new TextDecoder('windows-1252');

/** Bytes to text: UTF-8, else windows-1252; control characters are shown as `\xHH`, so no field carries one. */
function asText(bytes: string): string {
  const shown = bytes.replace(CONTROLS, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`);
  if (/^[\0-\x7f]*$/.test(shown)) return shown;
  const buffer = Buffer.from(shown, 'latin1');
  try {
    return utf8.decode(buffer);
  } catch {
    return windows1252.decode(buffer).replace(/[\x80-\x9f]/g, '\ufffd');
  }
}

/** Percent-encodes what a URL cannot carry, which loses no byte whatever their encoding was. */
function asUrlText(field: string): string {
  return withoutEscapes(field, true).replace(
    NOT_URL_BYTES,
    (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}
