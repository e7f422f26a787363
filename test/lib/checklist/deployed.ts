import type { EnvironmentConfig } from '../../../lib/config.ts';
import { configOf } from '../../../lib/environments.ts';
import { synthesise } from '../../../lib/synthesise.ts';
import { type Resources, resourcesOf } from '../template.ts';

/** One environment as it would be deployed. */
export interface Deployed {
  readonly environment: string;
  readonly config: EnvironmentConfig;
  readonly resources: Resources;
  /** The stack of CloudFront; null where the environment has none. */
  readonly edge: Resources | null;
}

/** A statement of the checklist that a template shows. */
export interface Statement {
  /** Its number in docs/operations/checklist.md. */
  readonly number: number;
  readonly says: string;
  /** What contradicts it, in words; nothing when it holds. */
  readonly check: (deployed: Deployed) => readonly string[];
  /** What would break it: each must be found. */
  readonly breaks: readonly Break[];
}

export interface Break {
  readonly what: string;
  /** Where it is broken; prod without it. */
  readonly in?: string;
  readonly by: (deployed: Deployed) => void;
}

const edge = { requestsPerFiveMinutes: 3_000 };

export function deploy(environment: string, changes: Partial<EnvironmentConfig> = {}): Deployed {
  const config = { ...configOf(environment), ...changes };
  const of = (stack: 'tracking' | 'edge') => resourcesOf(synthesise(environment, { config, stack }));
  return {
    environment,
    config,
    resources: of('tracking'),
    edge: config.edge === null ? null : of('edge'),
  };
}

/** The environments of the product, and prod behind CloudFront under a name of its own. */
export const deployedEnvironments: ReadonlyMap<string, Deployed> = new Map([
  ['dev', deploy('dev')],
  ['staging', deploy('staging')],
  ['prod', deploy('prod')],
  [
    'prod with an edge',
    deploy('prod', {
      edge,
      domain: { name: 'track.example.com', hostedZoneId: 'Z0000000', hostedZoneName: 'example.com' },
    }),
  ],
]);

/** What lies at a path such as `Properties.Tags.0`; undefined where there is nothing. */
export function at(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((inner, key) => (isObject(inner) ? inner[key] : undefined), value);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** Puts a value at a path of a resource, or takes away what is there. */
export function put(resource: unknown, path: string, value: unknown): void {
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  const parent = keys.length === 0 ? resource : at(resource, keys.join('.'));
  if (!isObject(parent)) throw new Error(`There is no ${keys.join('.')} to change.`);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
}

/** Resources of a type, each with its logical id. */
export const all = (resources: Resources, type: string) =>
  Object.entries(resources)
    .filter(([, each]) => each.Type === type)
    .map(([id, resource]) => ({ id, resource }));

/** The first resource of a type, for a test to break. */
export function first(resources: Resources, type: string, where: (id: string) => boolean = () => true) {
  const found = all(resources, type).find(({ id }) => where(id));
  if (found === undefined) throw new Error(`The template has no ${type} to break.`);
  return found.resource;
}
