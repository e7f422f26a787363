import createClient, { type Client } from 'openapi-fetch';
import { type Connection, callerHeaders } from '../connection.ts';
import type { paths } from './types.ts';

/** The calls of an endpoint with the types of its description; what an answer really holds is for the caller to check. */
export type ApiClient = Client<paths, 'application/json'>;

/** A client that calls as the connection's tenant with its token. */
export const createApiClient = (connection: Connection): ApiClient =>
  createClient<paths, 'application/json'>({
    baseUrl: connection.apiUrl,
    headers: callerHeaders(connection),
    // A followed redirect would turn a POST into a GET and lose its events.
    redirect: 'manual',
    querySerializer: { array: { style: 'form', explode: false } },
  });
