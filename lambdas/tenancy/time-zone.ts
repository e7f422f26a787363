import * as z from 'zod';

/**
 * UTC, or area and place. Postgres takes more for a zone: offsets, whose sign it reads the other way round than people do, and
 * abbreviations such as CET, which is one offset all year to it and a zone that changes its clocks to everybody else.
 */
const NAME = /^([Uu][Tt][Cc]|[A-Za-z_]+(\/[A-Za-z0-9_+-]+){1,2})$/;
const LENGTH = 50;
const CORRECTION = 'A time zone is a name of the IANA list, like Europe/Berlin or UTC.';

/** What JavaScript calls the zone of a name: another name of the same zone may be its first. Null for what is none. */
function firstName(name: string): string | null {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return null;
  }
}

/** In the list's letters where the name is the first of its zone; other names, such as Asia/Kolkata, stay as they are. */
function spelled(name: string): string {
  const first = firstName(name);
  return first?.toLowerCase() === name.toLowerCase() ? first : name;
}

/** A zone that JavaScript knows. Whether Postgres does is seen when it cuts days by it: UNKNOWN_ZONE. */
export const timeZone = z
  .string()
  .regex(NAME, CORRECTION)
  .max(LENGTH, CORRECTION)
  .refine((name) => firstName(name) !== null, CORRECTION)
  .overwrite(spelled);

/** The state of Postgres' refusal of a zone. */
export const UNKNOWN_ZONE = '22023';
