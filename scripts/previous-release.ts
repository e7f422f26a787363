import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const USAGE = `Usage: npm run previous-release -- COMMIT

Packs the handlers of a release, as they stand in the history of git, into test/upgrade/previous-release.tar.gz. The tests run them
on the schema of the sources. Do this when a release has been published, with its tag.`;

/** What a handler of a release reads at run time, and nothing else. */
const PARTS = ['lambdas', 'sql/migrations', 'sql/statements'];
const repository = join(import.meta.dirname, '..');
const file = join(repository, 'test', 'upgrade', 'previous-release.tar.gz');

const [commit, ...rest] = process.argv.slice(2);
if (commit === undefined || rest.length > 0 || commit.startsWith('-')) {
  console.error(USAGE);
  process.exitCode = commit === '--help' ? 0 : 1;
} else {
  const { status, stdout, stderr, error } = spawnSync('git', ['archive', '--format=tar', commit, ...PARTS], {
    cwd: repository,
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status === 0) {
    const packed = gzipSync(stdout, { level: 9 });
    writeFileSync(file, packed);
    console.log(`${file}: ${Math.ceil(packed.length / 1024)} KB of ${commit}`);
  } else {
    const reason =
      error?.message ??
      stderr
        .toString()
        .trim()
        .replaceAll(/\s*\n\s*/g, ' ');
    console.error(`Nothing was packed: git cannot read ${commit} (${reason}).`);
    process.exitCode = 1;
  }
}
