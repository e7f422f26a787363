/** Parameters that `npm run deploy` fills, apart from the constructs so that it need not load the CDK. */

/** Of the main stack: the hashes of the keys that the API trusts. */
export const EDGE_KEY_HASHES = 'EdgeKeyHashes';
/** So many at a time: the description of a version of ingest carries them, and Lambda lets it have 256 characters. */
export const MOST_EDGE_KEYS = 3;

/** Of the edge: what the main stack has made, and the key that it trusts. */
export const API_DOMAIN = 'ApiDomain';
export const ORIGIN_KEY = 'OriginKey';
