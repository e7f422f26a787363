import { expect, it } from 'vitest';
import { readSettings } from '../../lambdas/tenancy/settings.ts';

const redaction = { deny_keys: [], allow_keys: [] };
const defaults = { enabled: true, privacy_mode: 'standard', batch_processing: false, redaction };

it.each([
  [null, defaults],
  [undefined, defaults],
  [{}, defaults],
  [{ enabled: false }, { ...defaults, enabled: false }],
  [
    { privacy_mode: 'off', batch_processing: true, data_retention_days: 30, else: 1 },
    { enabled: true, privacy_mode: 'off', batch_processing: true, redaction },
  ],
  [
    { redaction: { deny_keys: ['nick'] } },
    { ...defaults, redaction: { deny_keys: ['nick'], allow_keys: [] } },
  ],
])('%j means what it says, and defaults where it says nothing', (source, settings) => {
  expect(readSettings(source)).toEqual({ settings, malformed: [] });
});

it.each([
  [{ enabled: 'yes' }, { ...defaults, enabled: false }, ['enabled']],
  [{ privacy_mode: 'Strict', enabled: true }, { ...defaults, privacy_mode: 'strict' }, ['privacy_mode']],
  [{ batch_processing: 1 }, { ...defaults, batch_processing: true }, ['batch_processing']],
  [
    { redaction: { allow_keys: 'all', deny_keys: ['nick'] } },
    { ...defaults, redaction: { deny_keys: ['nick'], allow_keys: [] } },
    ['redaction'],
  ],
  ['off', { enabled: false, privacy_mode: 'strict', batch_processing: true, redaction }, ['site_tracking']],
  [[], { enabled: false, privacy_mode: 'strict', batch_processing: true, redaction }, ['site_tracking']],
])(
  '%j cannot be read: what is broken stands at its safest, and what is sound counts',
  (source, settings, malformed) => {
    expect(readSettings(source)).toEqual({ settings, malformed });
  },
);
