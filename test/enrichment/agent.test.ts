import { describe, expect, it } from 'vitest';
import { readAgent } from '../../lambdas/enrichment/agent.ts';

describe('a browser is read from its user agent', () => {
  it.each([
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36',
      {
        deviceType: 'desktop',
        browserName: 'Chrome',
        browserVersion: '141.0.0.0',
        operatingSystem: 'Windows 10',
      },
    ],
    [
      'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
      {
        deviceType: 'desktop',
        browserName: 'Firefox',
        browserVersion: '140.0',
        operatingSystem: 'Linux',
      },
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
      {
        deviceType: 'mobile',
        browserName: 'Mobile Safari',
        browserVersion: '18.5',
        operatingSystem: 'iOS 18.5',
      },
    ],
    [
      'Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1',
      { deviceType: 'tablet', operatingSystem: 'iOS 17.0' },
    ],
    [null, { deviceType: 'desktop', browserName: null, operatingSystem: null }],
    ['words that no browser sends 🏿', { deviceType: 'desktop', browserName: null, operatingSystem: null }],
  ])('%s', (userAgent, read) => {
    expect(readAgent(userAgent)).toMatchObject({ ...read, botReason: null });
  });
});

describe('a bot is marked with what gave it away', () => {
  it.each([
    ['Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)', 'user_agent:Google'],
    ['curl/8.5.0', 'user_agent:curl/8.5.0'],
    ['python-requests/2.32', 'user_agent:python-requests/2.32'],
    [
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/140.0 Safari/537.36',
      'user_agent:Headless',
    ],
    ['', 'no_user_agent'],
  ])('%s', (userAgent, reason) => {
    const agent = readAgent(userAgent);
    expect(agent.deviceType).toBe('bot');
    expect(agent.botReason).toBe(reason);
  });
});

it('gives the same answer again once it remembers, and after it forgot', () => {
  const first = readAgent('curl/8.5.0');
  for (let index = 0; index < 5_001; index += 1) readAgent(`agent ${index}`);
  expect(readAgent('curl/8.5.0')).toEqual(first);
});

it('fits its columns whatever the agent holds', () => {
  const agent = readAgent(
    `Mozilla/5.0 (X11; CrOS x86_64 ${'9.'.repeat(200)}) Chrome/${'1.'.repeat(300)} bot${'🏿'.repeat(60)}`,
  );
  expect(agent.browserVersion?.length).toBeLessThanOrEqual(20);
  expect(agent.operatingSystem?.length ?? 0).toBeLessThanOrEqual(50);
  expect(agent.botReason?.length).toBeLessThanOrEqual(100);
  expect(JSON.stringify(agent)).not.toMatch(/\\ud8/i);
});
