import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repository, run } from '../delivery/run.ts';
import { scratchFolder } from '../support/onevault-process.ts';

const guide = readFileSync(join(repository, 'docs/operations/restore.md'), 'utf8');

/** As long as CloudFormation makes them, and what RDS takes. */
const CLUSTER = 'prod-tracking-databasecluster5b53a178-abcdefghijklmno';
const LONGEST_ID = 63;

/** The shell lines of one step of the part about AWS. */
function linesOf(step: string): string {
  const [, text = ''] = guide.split(`**${step}`);
  const [own = ''] = text.split(/^\d\. \*\*/m);
  return [...own.matchAll(/^ *```sh\n([\s\S]*?)^ *```$/gm)].map(([, lines]) => lines).join('');
}

/** An RDS that knows the names of its clusters, a file each, and takes a few questions' time to rename one. */
const rds = `
sleep() { slept=$((slept + 1)); [ "$slept" -lt 50 ] || exit 9; }
fault() { echo "$1" >> faults; echo "An error occurred ($1)" >&2; return 254; }
aws() {
  case "$2" in
    modify-db-cluster)
      [ -e renaming ] && { fault InvalidDBClusterStateFault; return; }
      [ -e "clusters/$6" ] && { fault DBClusterAlreadyExistsFault; return; }
      [ "$(cat "clusters/$4")" = available ] || { fault InvalidDBClusterStateFault; return; }
      echo renaming > "clusters/$4"; echo "$4 $6" > renaming; echo 0 > asked ;;
    describe-db-clusters)
      if [ -e renaming ]; then
        read -r from to < renaming; asked=$(($(cat asked) + 1)); echo "$asked" > asked
        [ "$asked" = "$NEW_NAME_AT" ] && echo available > "clusters/$to"
        [ "$asked" = "$OLD_NAME_UNTIL" ] && rm "clusters/$from"
        [ "$asked" = 6 ] && rm renaming
      fi
      [ -e "clusters/$4" ] && cat "clusters/$4" && return
      echo 'An error occurred (DBClusterNotFoundFault)' >&2; return 254 ;;
  esac
}
mkdir clusters; echo available > "clusters/$CLUSTER"; echo available > "clusters/$RESTORED"
`;

describe('the steps of a restore in AWS', () => {
  it('give clusters and instances no id that is longer than RDS takes', async () => {
    const ids = [...linesOf('Restore beside').matchAll(/^ *(RESTORED|DAMAGED)=.*$/gm)].map(([line]) => line);
    const named = guide.matchAll(/--(?:new-)?db-(?:cluster|instance)-identifier ("[^"]+")/g);
    const made = [...new Set([...named].map(([, id = '']) => id))].filter((id) => !/^"\$\d"$/.test(id));
    const script = [`CLUSTER=${CLUSTER}`, ...ids, ...made.map((id) => `echo ${id}`)].join('\n');
    const { stdout } = await run(['bash', '-euc', script]);
    const lengths = stdout
      .trim()
      .split('\n')
      .map((id) => id.length);
    expect(lengths.length).toBeGreaterThanOrEqual(4);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(LONGEST_ID);
  });

  it.each([
    ['the old name goes last', 'NEW_NAME_AT=3 OLD_NAME_UNTIL=6'],
    ['the new name comes last', 'NEW_NAME_AT=6 OLD_NAME_UNTIL=3'],
  ])('swap the names one after the other, each when the one before has ended: %s', async (_, order) => {
    const folder = scratchFolder();
    const [, swap = ''] = /^( *rename\(\) \{[\s\S]*)/m.exec(linesOf('Swap')) ?? [];
    writeFileSync(
      join(folder, 'swap.sh'),
      `CLUSTER=${CLUSTER} RESTORED=restored DAMAGED=damaged ${order}\n${rds}${swap}`,
    );
    const { exitCode, stderr } = await run(['bash', 'swap.sh'], {}, folder);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(readdirSync(folder)).not.toContain('faults');
    expect(readdirSync(join(folder, 'clusters')).sort()).toEqual(['damaged', CLUSTER]);
  });

  it('make a reader for an environment that has one', () => {
    expect(linesOf('Restore beside').match(/create-db-instance/g)).toHaveLength(2);
  });

  it('let the functions log in to the restored cluster before the names change places', () => {
    const lines = linesOf('Swap');
    expect(lines.indexOf('put-role-policy')).toBeGreaterThan(-1);
    expect(lines.indexOf('put-role-policy')).toBeLessThan(lines.indexOf('modify-db-cluster'));
  });
});
