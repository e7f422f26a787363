/** A route that a request falls on. */
export interface RouteMatch<Route> {
  route: Route;
  pathParameters: Record<string, string>;
}

interface CompiledRoute<Route> {
  route: Route;
  method: string;
  segments: string[];
}

/**
 * Compiles route keys such as `GET /items/{id}`, `ANY /{proxy+}` and `$default` into a lookup with API Gateway's
 * precedence: full matches, then path variables, then greedy variables, then `$default`; a method goes before `ANY`.
 */
export function compileRoutes<Route extends { key: string }>(
  routes: Route[],
): (method: string, path: string) => RouteMatch<Route> | undefined {
  const fallback = routes.find(({ key }) => key === '$default');
  const compiled = routes
    .filter((route) => route !== fallback)
    .map((route): CompiledRoute<Route> => {
      const [method = '', path = ''] = route.key.split(' ');
      return { route, method, segments: segmentsOf(path) };
    })
    .sort((a, b) => rank(a) - rank(b));
  return (method, path) => {
    const segments = segmentsOf(path);
    for (const candidate of compiled) {
      if (candidate.method !== 'ANY' && candidate.method !== method) continue;
      const pathParameters = matchSegments(candidate.segments, segments);
      if (pathParameters !== undefined) return { route: candidate.route, pathParameters };
    }
    return fallback && { route: fallback, pathParameters: {} };
  };
}

function segmentsOf(path: string): string[] {
  return path.split('/').slice(1);
}

function isGreedy(segment: string): boolean {
  return segment.endsWith('+}');
}

function rank({ method, segments }: CompiledRoute<unknown>): number {
  const variables = segments.filter((segment) => segment.startsWith('{')).length;
  return (segments.some(isGreedy) ? 1_000 : 0) + variables * 10 + (method === 'ANY' ? 1 : 0);
}

function matchSegments(pattern: string[], segments: string[]): Record<string, string> | undefined {
  const greedy = pattern.some(isGreedy);
  if (greedy ? segments.length < pattern.length : segments.length !== pattern.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    const actual = isGreedy(expected) ? segments.slice(index).join('/') : segments[index];
    const variable = /^\{(.+?)\+?\}$/.exec(expected)?.[1];
    if (actual === undefined || (variable === undefined ? actual !== expected : actual === ''))
      return undefined;
    if (variable !== undefined) parameters[variable] = decodeURIComponent(actual);
  }
  return parameters;
}
