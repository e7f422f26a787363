import { describe, expect, it } from 'vitest';
import { attribute } from '../../lambdas/enrichment/channel.ts';
import { readPage } from '../../lambdas/enrichment/page.ts';
import { classifyReferrer } from '../../lambdas/enrichment/referrer-sources.ts';
import { type FieldValues, readPayload } from '../../lambdas/event/payload.ts';

function valuesOf(payload: Record<string, unknown>): FieldValues {
  const { values } = readPayload(payload);
  if (values === null) throw new Error('The payload is refused.');
  return values;
}
const attributionOf = (payload: Record<string, unknown>) => {
  const values = valuesOf(payload);
  return attribute(values, values.pageUrl === undefined ? null : readPage(values.pageUrl));
};

describe('the channel of an event', () => {
  it.each([
    ['direct', '/', undefined],
    ['direct', 'https://example.com/', 'android-app-without-scheme'],
    ['internal', 'https://example.com/', 'https://www.example.com/a'],
    ['referral', 'https://example.com/', 'https://blog.example.org/a'],
    ['referral', 'https://example.com/', 'https://notgoogle.com/'],
    ['referral', 'https://example.com/', 'https://google.example.net/'],
    ['search', 'https://example.com/', 'https://www.google.co.uk/'],
    ['search', 'https://example.com/', 'https://duckduckgo.com/'],
    ['social', 'https://example.com/', 'https://t.co/abc'],
    ['social', 'https://example.com/', 'https://l.facebook.com/'],
    ['email', 'https://example.com/', 'https://mail.google.com/mail/u/0'],
    ['ai_assistant', 'https://example.com/', 'https://chatgpt.com/'],
    ['ai_assistant', 'https://example.com/', 'https://gemini.google.com/app'],
    ['video', 'https://example.com/', 'https://www.youtube.com/watch'],
    ['email', '/?utm_source=may&utm_medium=email', 'https://www.google.com/'],
    ['social', '/?utm_source=may&utm_medium=social', undefined],
    ['affiliate', '/?utm_source=partner&utm_medium=affiliate', undefined],
    ['referral', '/?utm_source=partner&utm_medium=referral', undefined],
    ['search', '/?utm_source=google&utm_medium=organic', undefined],
    ['campaign', '/?utm_source=spring', 'https://example.org/'],
    ['campaign', '/?utm_medium=poster', undefined],
    ['paid', '/?utm_medium=cpc', undefined],
    ['paid_search', '/?utm_source=bing&utm_medium=CPC', undefined],
    ['paid_social', '/?utm_medium=paid_social&utm_source=facebook', undefined],
    ['paid_search', '/?gclid=1', undefined],
    ['paid_video', '/?gclid=1', 'https://www.youtube.com/'],
    ['paid_social', '/?li_fat_id=1', undefined],
    ['paid', '/?dclid=1', undefined],
    ['direct', '/?fbclid=1', undefined],
    ['social', '/?fbclid=1', 'https://m.facebook.com/'],
  ])('is %s for %s from %s', (channel, pageUrl, pageReferrer) => {
    expect(attributionOf({ page_url: pageUrl, page_referrer: pageReferrer }).channel).toBe(channel);
  });

  it('fits its column whatever it is made of', () => {
    expect('paid_ai_assistant'.length).toBeLessThanOrEqual(30);
    expect(attributionOf({ page_url: '/?utm_source=chatgpt.com&utm_medium=cpc' }).channel).toBe(
      'paid_ai_assistant',
    );
  });
});

describe('the campaign', () => {
  const campaign = '/?utm_source=s&utm_medium=m&utm_campaign=c&utm_content=o&utm_term=t';
  const named = { source: 's', medium: 'm', campaign: 'c', content: 'o', term: 't' };

  it('is read from the address', () => {
    expect(attributionOf({ page_url: campaign })).toMatchObject(named);
  });

  it('is what the event says before what its address says', () => {
    const said = { utm_source: 'S', utm_medium: 'M', utm_campaign: 'C', utm_content: 'O', utm_term: 'T' };
    expect(attributionOf({ page_url: campaign, ...said })).toMatchObject({
      source: 'S',
      medium: 'M',
      campaign: 'C',
      content: 'O',
      term: 'T',
    });
  });

  it.each([
    ['%00', '\uFFFD'],
    ['%ED%A0%80', '\uFFFD\uFFFD\uFFFD'],
    ['%F0%9F%8F%BF', '🏿'],
    [`${'x'.repeat(99)}%F0%9F%8F%BF`, 'x'.repeat(99)],
    ['x'.repeat(101), 'x'.repeat(100)],
    ['%20', null],
    ['__proto__', '__proto__'],
  ])('is text that a database can hold: %s', (sent, source) => {
    expect(attributionOf({ page_url: `/?utm_source=${sent}` }).source).toBe(source);
  });
});

describe('the class of a referring host', () => {
  it.each([
    ['google', 'search'],
    ['www.google.com.br', 'search'],
    ['GOOGLE.COM', 'search'],
    ['search.yahoo.co.jp', 'search'],
    ['x.com', 'social'],
    ['fedex.com', null],
    ['google.example.com', null],
    ['mygoogle.com', null],
    ['', null],
    ['constructor', null],
    ['__proto__', null],
  ])('%s is %s', (host, kind) => {
    expect(classifyReferrer(host)).toBe(kind);
  });
});
