/** Days that the archive of an export is kept. */
export const ARCHIVE_DAYS = 7;
