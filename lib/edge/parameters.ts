/** Parameters that `npm run deploy` fills, apart from the constructs so that it need not load the CDK. */

/** Of the main stack: the hashes of the keys that the API trusts. */
export const EDGE_KEY_HASHES = 'EdgeKeyHashes';

/** Of the edge: what the main stack has made, and the key that it trusts. */
export const API_DOMAIN = 'ApiDomain';
export const ORIGIN_KEY = 'OriginKey';
