import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';
import { beforeAll, expect, it } from 'vitest';
import * as z from 'zod';
import { eraseCommand } from '../../../cli/visitors/erase-command.ts';
import { exportCommand } from '../../../cli/visitors/export-command.ts';
import { verifyFile } from '../../../cli/visitors/verify.ts';
import { scratchFolder } from '../../support/onevault-process.ts';
import { createTenant } from '../../support/pipeline.ts';
import { useOperator } from '../token/operator.ts';

const operator = useOperator();

beforeAll(async () => {
  const tenant = await createTenant(operator.pool(), 'acme');
  for (const visitor_id of ['anna', 'bert', 'carl', 'dora'])
    await tenant.track([
      { event_type: 'page_view', visitor_id, page_url: 'https://shop.example/' },
      { event_type: 'click', visitor_id },
    ]);
  const other = await createTenant(operator.pool(), 'globex');
  await other.track({ event_type: 'click', visitor_id: 'jane@example.com' });
});

const visitors = async () => {
  const { rows } = await operator.pool().query(
    `SELECT site_visitor_bk AS id FROM business.site_visitor_h JOIN auth.tenant_h USING (tenant_hk)
       WHERE tenant_bk = 'acme' AND site_visitor_bk !~ '^erased' ORDER BY 1`,
  );
  return rows.map(({ id }) => id);
};

/** The files as an archive, a forged one before the last of that name. */
function twiceIn(files: Record<string, Uint8Array>, name: string): Buffer {
  const stranger = name.replace(/^./, '#');
  const bytes = Buffer.from(zipSync({ [stranger]: strToU8('{}\n'), ...files }));
  return Buffer.from(bytes.toString('latin1').replaceAll(stranger, name), 'latin1');
}

it('export writes an archive that only its owner may read, and --verify says that this installation signed it', async () => {
  const out = join(scratchFolder(), 'anna.zip');
  const printed = await operator.done('export', '--visitor', 'anna', '--tenant', 'acme', '--out', out);
  expect(printed).toMatch(/raw\.site_tracking_events_r +2\n/);
  expect(statSync(out).mode & 0o777).toBe(0o600);
  const files = unzipSync(readFileSync(out));
  const raw = files['raw.site_tracking_events_r.jsonl'] ?? new Uint8Array();
  expect(strFromU8(raw)).toContain('anna');
  const verified = z.object({ kind: z.string(), isOurs: z.boolean().nullable() });
  expect(await operator.json(verified, 'export', '--verify', out)).toEqual({ kind: 'export', isOurs: true });
  const acts = await operator.acts('acme');
  expect(acts).toContainEqual(
    expect.objectContaining({
      actor: expect.stringMatching(/^operator:/),
      action: 'visitor.export',
      outcome: 'done',
    }),
  );
  expect(JSON.stringify(acts)).not.toContain('anna');
  const { fingerprint, ...alone } = await verifyFile(out, null);
  expect(alone).toMatchObject({ isOurs: null });
  expect(await operator.done('tenant', 'show', 'acme')).toContain(`signing key 1  ${fingerprint}\n`);

  // Whatever is changed of it, it is noticed.
  const manifest = strFromU8(files['manifest.json'] ?? new Uint8Array());
  const { 'business.site_visitor_h.jsonl': _, ...without } = files;
  const forged: [Record<string, Uint8Array>, RegExp][] = [
    [
      { ...files, 'raw.site_tracking_events_r.jsonl': raw.slice(0, -2) },
      /site_tracking_events_r.* was changed/,
    ],
    [without, /site_visitor_h\.jsonl is missing/],
    [{ ...files, 'more.jsonl': strToU8('{}\n') }, /more\.jsonl is not in the manifest/],
    [
      { ...files, 'manifest.json': strToU8(manifest.replace('"acme"', '"acne"')) },
      /signature .* does not hold/,
    ],
    [{ 'x.jsonl': raw }, /has no manifest\.json/],
  ];
  const path = join(scratchFolder(), 'forged.zip');
  writeFileSync(path, twiceIn(files, 'raw.site_tracking_events_r.jsonl'));
  await expect(verifyFile(path, null)).rejects.toThrow(
    'raw.site_tracking_events_r.jsonl is in the archive twice.',
  );
  const refused = await operator.refused('export', '--visitor', 'anna', '--tenant', 'acme', '--out', out);
  expect(refused).toContain('is there already: name another file.');

  for (const [content, sentence] of forged) {
    writeFileSync(path, zipSync(content));
    await expect(verifyFile(path, operator.pool())).rejects.toThrow(sentence);
  }
  writeFileSync(path, readFileSync(out).subarray(0, 1_000));
  await expect(verifyFile(path, operator.pool())).rejects.toThrow('The archive is damaged');
  await operator.pool().query(
    `UPDATE auth.visitor_keys SET secret = sha256(secret)
       WHERE tenant_hk = (SELECT tenant_hk FROM auth.tenant_h WHERE tenant_bk = 'acme')`,
  );
  await expect(verifyFile(out, operator.pool())).rejects.toThrow(
    'is no key of tenant "acme" in this database',
  );
});

it('erase asks first, and without a terminal to ask at it changes nothing', async () => {
  const refusal = await operator.refused('erase', '--visitor', 'bert', '--tenant', 'acme');
  expect(refusal).toContain('the vault has 1 visitors with 2 events');
  expect(refusal).toContain('pass --yes');
  expect(await visitors()).toEqual(['anna', 'bert', 'carl', 'dora']);
  // One that says who somebody is stands under its pseudonym.
  const stored = await operator.refused('erase', '--visitor', 'jane@example.com', '--tenant', 'globex');
  expect(stored).toContain('the vault has 1 visitors with 1 events');
});

it('erase takes ids from arguments and from a file, and writes a certificate for each that --verify knows', async () => {
  const folder = scratchFolder();
  const [list, certificate] = [join(folder, 'ids.txt'), join(folder, 'erased.jsonl')];
  writeFileSync(list, '\uFEFFcarl \r\nnobody\nbert\n');
  const printed = await operator.done(
    ...[
      'erase',
      '--visitor',
      'bert',
      '--visitors',
      list,
      '--tenant',
      'acme',
      '--yes',
      '--certificate',
      certificate,
    ],
  );
  expect(printed).toMatch(/visitors erased +3\nof whom there were events +2\nevents made a stranger’s +4\n/);
  expect(await visitors()).toEqual(['anna', 'dora']);
  const lines = readFileSync(certificate, 'utf8').trim().split('\n');
  expect(lines).toHaveLength(3);
  expect(lines.join()).not.toMatch(/bert|carl|nobody/);
  expect(await verifyFile(certificate, operator.pool())).toMatchObject({
    kind: 'certificates',
    parts: 3,
    isOurs: true,
  });
  writeFileSync(certificate, lines.join('\n').replace('"events":2', '"events":3'));
  expect(await operator.refused('export', '--verify', certificate)).toMatch(
    /signature of line \d does not hold/,
  );
});

it.each([
  [exportCommand, ['--visitor', 'a'], 'export takes --visitor, --tenant and --out'],
  [exportCommand, ['anna'], 'export takes no "anna"'],
  [eraseCommand, ['--tenant', 'acme', '--yes'], 'erase takes --tenant, and --visitor or --visitors'],
  [eraseCommand, ['--tenant', 'acme', '--visitors', '/nowhere'], 'cannot be read'],
] as const)('%o refuses %j', async (command, argv, sentence) => {
  await expect(command(argv)).rejects.toThrow(sentence);
});

it('export of an unknown tenant says so and writes nothing', async () => {
  const out = join(scratchFolder(), 'never.zip');
  expect(await operator.refused('export', '--visitor', 'a', '--tenant', 'nobody', '--out', out)).toContain(
    'There is no tenant "nobody"',
  );
  expect(existsSync(out)).toBe(false);
});

it('tenant rotate-key gives the next key from a later day on', async () => {
  const rotated = z.object({ key_version: z.number(), valid_from: z.iso.date() });
  const { key_version, valid_from } = await operator.json(rotated, 'tenant', 'rotate-key', 'acme');
  expect(key_version).toBe(2);
  expect(Date.parse(valid_from)).toBeGreaterThan(Date.now());
  expect(await operator.acts('acme')).toContainEqual(
    expect.objectContaining({ action: 'tenant.rotate-key' }),
  );
});

it('erase --vacuum writes every table anew, and not before somebody agreed', async () => {
  await expect(eraseCommand(['--vacuum'])).rejects.toThrow('Nothing was done: pass --yes');
  expect(await operator.done('erase', '--vacuum', '--yes')).toMatch(/tables written anew +\d\d/);
});
