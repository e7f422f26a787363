/** Names of the signed documents' formats: another shape gets another name. */
export const EXPORT_FORMAT = 'onevault-export-1';
export const CERTIFICATE_FORMAT = 'onevault-erasure-1';

/** The file of an archive that lists the others. */
export const MANIFEST = 'manifest.json';
