import { describe, expect, it } from 'vitest';
import { readWishes, withoutIds } from '../../lambdas/event/visitor-wishes.ts';
import { treatmentOf } from '../../lambdas/tenancy/privacy-mode.ts';
import { readSettings } from '../../lambdas/tenancy/settings.ts';

describe('what an event says of consent', () => {
  it.each([
    [undefined, null],
    [null, null],
    [' ', null],
    ['granted', true],
    ['GRANTED', true],
    [true, true],
    [1, true],
    ['yes', true],
    ['denied', false],
    ['maybe', false],
    [false, false],
    [0, false],
    [['analytics'], false],
    [{ analytics: true }, true],
    [{ analytics: false, marketing: true }, false],
    [{ analytics_storage: 'granted', ad_storage: 'denied' }, true],
    [{ analytics: null, analytics_storage: 'denied' }, false],
    [{ marketing: true }, null],
    [{}, null],
  ])('%j means %s', (consent, meaning) => {
    expect(readWishes(null, { consent }).consent).toBe(meaning);
  });

  it('may stand in event_data or data, and whoever denies has the last word', () => {
    expect(readWishes(null, { event_data: { consent: 'granted' } }).consent).toBe(true);
    expect(readWishes(null, { data: { consent: 'denied' } }).consent).toBe(false);
    expect(readWishes(null, { consent: 'granted', data: { consent: 'denied' } }).consent).toBe(false);
    expect(readWishes(null, { properties: { consent: 'denied' } }).consent).toBe(null);
  });
});

it.each(['gpc', 'global_privacy_control', 'do_not_track'] as const)('reads %s as a flag', (name) => {
  const says = (value: unknown) => {
    const { optsOut, doNotTrack } = readWishes(null, { event_data: { [name]: value } });
    return name === 'do_not_track' ? doNotTrack : optsOut;
  };
  expect([true, 1, '1', 'true', 'Yes'].map(says)).not.toContain(false);
  expect([false, 0, '0', 'no', 'unspecified', null, undefined, {}, [true]].map(says)).not.toContain(true);
});

/** For every mode: what becomes of an event whose browser or payload says so. */
const matrix: readonly [string, Record<string, string>, Record<string, unknown>, string[]][] = [
  ['nothing', {}, {}, ['stored', 'stored', 'without_ids']],
  ['Sec-GPC: 1', { 'sec-gpc': '1' }, {}, ['stored', 'not_stored', 'not_stored']],
  ['Sec-GPC: 0', { 'sec-gpc': '0' }, {}, ['stored', 'stored', 'without_ids']],
  ['DNT: 1', { dnt: '1' }, {}, ['stored', 'stored', 'not_stored']],
  ['gpc', {}, { gpc: true }, ['stored', 'not_stored', 'not_stored']],
  ['do_not_track', {}, { do_not_track: true }, ['stored', 'stored', 'not_stored']],
  ['consent', {}, { consent: 'granted' }, ['stored', 'stored', 'stored']],
  ['no consent', {}, { consent: 'denied' }, ['stored', 'without_ids', 'without_ids']],
  ['consent and DNT: 1', { dnt: '1' }, { consent: true }, ['stored', 'stored', 'not_stored']],
  ['consent and gpc', {}, { consent: true, gpc: 1 }, ['stored', 'not_stored', 'not_stored']],
];

describe.each(matrix)('a visitor who says %s', (_, headers, event, treatments) => {
  it.each(['off', 'standard', 'strict'])('is treated as the privacy mode %s has it', (mode) => {
    const { settings } = readSettings({ privacy_mode: mode });
    const treatment = (kind: 'public' | 'secret', sent: Record<string, string>) =>
      treatmentOf({ kind, settings }, sent, readWishes(null, event));
    expect(treatment('public', headers)).toBe(treatments[['off', 'standard', 'strict'].indexOf(mode)]);
    // A server speaks for nobody's browser: its headers say nothing.
    expect(treatment('secret', headers)).toBe(treatment('public', {}));
  });
});

it('takes first-party ids out at any level, and gives back the very same object when there is none', () => {
  const anonymous = { event_type: 'click', items: [{ item_id: 'a' }], order_id: 1, event_data: { n: 1 } };
  expect(withoutIds(anonymous)).toBe(anonymous);
  expect(
    withoutIds({
      ...anonymous,
      visitor_id: 'v',
      'Session-ID': 's',
      event_data: { n: 1, visitorId: 'v', user_id: 7 },
      list: [{ anonymous_id: 'a', clientId: 'c', device_id: 'd', kept: true }],
    }),
  ).toEqual({ ...anonymous, list: [{ kept: true }] });
});
