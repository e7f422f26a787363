import { describe, expect, it } from 'vitest';
import { defaultDataDirectory } from '../../local/data-directory.ts';
import { readOptions, usage } from '../../local/options.ts';

describe('the options of npm start', () => {
  it('have defaults, and take the place of the embedded database and queues from the environment', () => {
    expect(readOptions([], {})).toMatchObject({ port: 8787, dataDir: defaultDataDirectory, fresh: false });
    const own = { SYSTEM_DATABASE_URL: 'postgres://u:p@db/x', AWS_ENDPOINT_URL_SQS: 'http://queue:9324' };
    expect(readOptions([], own).external).toMatchObject(own);
  });

  it.for([
    [['--port', 'x'], /port/],
    [['--port', '65536'], /port/],
    [['--prot', '1'], /--prot/],
    [['there'], /there/],
  ] as const)('%j is refused with the usage', ([argv, reason]) => {
    expect(() => readOptions([...argv], {})).toThrow(reason);
    expect(() => readOptions([...argv], {})).toThrow(usage);
  });

  it('does not repeat a database URL that it refuses, which may hold a password', () => {
    expect(() => readOptions([], { SYSTEM_DATABASE_URL: 'mysql://u:hunter2@db/x' })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
    );
  });
});
