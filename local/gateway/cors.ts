import type { CorsModel } from '../template.ts';
import type { HttpResponse } from './response.ts';

/** The headers that allow an origin to read an answer; none when the origin is not among the allowed ones. */
export function corsHeaders(
  cors: CorsModel | undefined,
  origin: string | undefined,
): HttpResponse['headers'] {
  if (cors === undefined || origin === undefined) return {};
  const anyOrigin = cors.AllowOrigins.includes('*');
  if (!anyOrigin && !cors.AllowOrigins.includes(origin)) return {};
  return {
    'access-control-allow-origin': anyOrigin ? '*' : origin,
    ...(!anyOrigin && { vary: 'origin' }),
    ...(cors.AllowCredentials && { 'access-control-allow-credentials': 'true' }),
    ...(cors.ExposeHeaders.length > 0 && { 'access-control-expose-headers': cors.ExposeHeaders.join(',') }),
  };
}

/** API Gateway answers a preflight itself wherever cross-origin rules are set. */
export function preflightResponse(cors: CorsModel, origin: string): HttpResponse {
  const allowed = corsHeaders(cors, origin);
  if (Object.keys(allowed).length === 0) return { status: 204, headers: {}, body: '' };
  return {
    status: 204,
    headers: {
      ...allowed,
      'access-control-allow-methods': cors.AllowMethods.join(','),
      'access-control-allow-headers': cors.AllowHeaders.join(','),
      ...(cors.MaxAge !== undefined && { 'access-control-max-age': String(cors.MaxAge) }),
    },
    body: '',
  };
}
