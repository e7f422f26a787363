/** By this header the edge shows that a request came through it: the template sets it, ingest checks it. */
export const EDGE_KEY_HEADER = 'x-onevault-edge';
