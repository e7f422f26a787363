import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

/** What suits a laptop; the cluster's own parameters go before these. Durability is as in the cloud: nothing is off. */
const laptop = { shared_buffers: '256MB', max_connections: '200' };

/** What only this machine decides, so nothing goes before these. */
const onThisMachine = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  logging_collector: 'off',
};

const librarySetting = 'shared_preload_libraries';

/**
 * The settings that the server starts with: the laptop's, then the cluster parameters that are plain Postgres
 * settings (those of RDS and Aurora and formulas over an instance class mean nothing here), then this machine's.
 */
export function serverSettings(
  installation: string,
  parameters: Record<string, string>,
): Record<string, string> {
  const names = settingNames(installation);
  const plain = Object.entries(parameters)
    .filter(([name, value]) => names.has(name) && !value.includes('{'))
    .map(([name, value]) => [
      name,
      name === librarySetting ? availableLibraries(installation, value) : value,
    ]);
  return { ...laptop, ...Object.fromEntries(plain), ...onThisMachine };
}

function settingNames(installation: string): Set<string> {
  const postgres = path.join(installation, 'bin', 'postgres');
  const described = execFileSync(postgres, ['--describe-config'], { encoding: 'utf8' });
  return new Set(described.split('\n').map((line) => line.split('\t', 1)[0] ?? ''));
}

/** Aurora has libraries that Postgres does not come with. */
function availableLibraries(installation: string, list: string): string {
  const suffix = process.platform === 'darwin' ? 'dylib' : 'so';
  const isThere = (name: string) =>
    existsSync(path.join(installation, 'lib', 'postgresql', `${name}.${suffix}`));
  return list
    .split(',')
    .map((name) => name.trim())
    .filter(isThere)
    .join(',');
}
