import { beforeAll, expect, it } from 'vitest';
import * as z from 'zod';
import { configOf } from '../../lib/environments.ts';
import { synthesise } from '../../lib/synthesise.ts';
import { environmentSamples } from '../../scripts/cost/document.ts';
import { configFrom } from '../../scripts/cost/environment.ts';
import { type Resources, resourcesOf } from './template.ts';

const lambda = z.object({
  TracingConfig: z.object({ Mode: z.string() }).optional(),
  Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }).optional(),
});
const instance = z.object({ PromotionTier: z.number() });

let thrifty: Resources;
let prod: Resources;
beforeAll(() => {
  thrifty = resourcesOf(synthesise('thrifty', { config: configFrom('thrifty', environmentSamples) }));
  prod = resourcesOf(synthesise('prod', { config: configOf('prod') }));
}, 60_000);

const functionNamed = (resources: Resources, start: RegExp) =>
  lambda.parse(
    Object.entries(resources).find(
      ([id, { Type }]) => Type === 'AWS::Lambda::Function' && start.test(id),
    )?.[1].Properties,
  );
const tiers = (resources: Resources) =>
  Object.values(resources)
    .filter(({ Type }) => Type === 'AWS::RDS::DBInstance')
    .map(({ Properties }) => instance.parse(Properties).PromotionTier)
    .sort();

it('a reader that follows is in the tier that grows with the writer, one that does not is outside', () => {
  expect(tiers(prod)).toEqual([0, 1]);
  expect(tiers(thrifty)).toEqual([0, 2]);
});

it('functions start no traces where the configuration lets them pass through', () => {
  const modes = (resources: Resources) =>
    new Set(
      Object.keys(resources)
        .filter((id) => /^(Api(Ingest|Analytics)|Pipeline|Maintenance).*Function?/.test(id))
        .flatMap((id) => {
          const { Type = '', Properties } = resources[id] ?? {};
          return Type === 'AWS::Lambda::Function' ? [lambda.parse(Properties).TracingConfig?.Mode] : [];
        }),
    );
  expect(modes(thrifty)).toEqual(new Set(['PassThrough']));
  expect(modes(prod)).toEqual(new Set(['Active']));
});

it('ingest gathers its rings, and staging looks for those that a window after the gathering nobody has rung for', () => {
  const ingest = (resources: Resources) =>
    functionNamed(resources, /^ApiIngest/).Environment?.Variables.RING_GATHER_SECONDS;
  const staging = (resources: Resources) =>
    functionNamed(resources, /^PipelineStaging/).Environment?.Variables.RING_OVERDUE_SECONDS;
  expect([ingest(thrifty), staging(thrifty)]).toEqual(['10', '21']);
  expect([ingest(prod), staging(prod)]).toEqual(['0', '0']);
});
