import { describe, expect, it } from 'vitest';
import { progressLine } from '../../../cli/replay/progress.ts';
import { readSettings } from '../../../cli/replay/settings.ts';
import { createDatabase } from '../../support/database.ts';
import { onevault } from '../../support/onevault-process.ts';

describe('a replay’s arguments', () => {
  it('take a date as its first moment in UTC, and a time in any zone', () => {
    expect(
      readSettings(['--from', '2026-11-01', '--to', '2026-11-02T01:30:00+01:00', '--tenant', 'demo']),
    ).toMatchObject({
      mode: 'mend',
      agreed: false,
      workers: 2,
      scope: {
        from: new Date('2026-11-01T00:00:00Z'),
        to: new Date('2026-11-02T00:30:00Z'),
        tenantIds: ['demo'],
      },
    });
    expect(readSettings(['--diff'])).toMatchObject({
      mode: 'diff',
      scope: { from: null, to: null, tenantIds: null },
    });
    expect(readSettings(['--rebuild', '--yes'])).toMatchObject({ mode: 'rebuild', agreed: true });
    expect(readSettings(['--help'])).toBeNull();
  });

  it.each([
    [['--from', '2026-11-01T10:00:00'], '--from takes a date or a time with its zone'],
    [['--to', '2026-13-01'], '--to takes a date or a time with its zone'],
    [['--from', 'yesterday'], '--from takes a date or a time with its zone'],
    [['--from', '2026-11-02', '--to', '2026-11-02'], '--from must be earlier than --to'],
    [['--diff', '--rebuild'], 'not both'],
    [['--rebuild', '--from', '2026-11-01'], 'leave --from and --to out'],
    [['--workers', '0'], '--workers takes a whole number from 1'],
    [['today'], 'replay takes no "today"'],
    [['--everything'], 'onevault replay --help'],
  ])('%j are refused with what to change', (argv, message) => {
    expect(() => readSettings(argv)).toThrow(message);
  });
});

it('names its database, and a tenant that is not there', async () => {
  const database = await createDatabase();
  try {
    const environment = { SYSTEM_DATABASE_URL: database.url };
    const unknown = await onevault(['replay', '--diff', '--tenant', 'nobody'], { environment });
    expect(unknown).toMatchObject({ exitCode: 1, stdout: '' });
    expect(unknown.stderr).toBe('onevault: There is no tenant "nobody" in this database.\n');
  } finally {
    await database.drop();
  }
  const away = await onevault(['replay', '--diff'], {
    environment: { SYSTEM_DATABASE_URL: 'postgres://nobody:secret@127.0.0.1:1/none' },
  });
  expect(away.exitCode).toBe(1);
  expect(away.stderr).toContain('The replay stopped');
  expect(away.stderr).not.toContain('secret');
});

it('says of a database without the vault that its migrations are missing', async () => {
  const database = await createDatabase({ empty: true });
  try {
    const { exitCode, stderr } = await onevault(['replay', '--diff'], {
      environment: { SYSTEM_DATABASE_URL: database.url },
    });
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr:
        'onevault: The database does not hold the vault of this release (42P01). Run its migrations first.\n',
    });
  } finally {
    await database.drop();
  }
});

it('shows a bar, the share, what is done and the rate', () => {
  expect(progressLine('comparing', 2_500, 10_000, 2)).toBe(
    '[#####---------------]  25 % comparing · 2,500 of 10,000 events · 1,250/s',
  );
  expect(progressLine('comparing', 0, 0, 0)).toBe(
    '[####################] 100 % comparing · 0 of 0 events · 0/s',
  );
  expect(progressLine('comparing', 12, 10, 1)).toContain('100 %');
});
