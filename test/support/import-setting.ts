import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Finished, type OnevaultOptions, onevault, scratchFolder } from './onevault-process.ts';
import { startTrackingEndpoint, type TrackingEndpoint } from './tracking-endpoint.ts';

/** An endpoint of its own, a folder for logs, and the import command pointed at both. */
export interface ImportSetting {
  readonly endpoint: TrackingEndpoint;
  importLog(argv: readonly string[], options?: OnevaultOptions): Promise<Finished>;
  /** Writes a log, packed when the name ends in .gz, and returns its path. */
  logFile(lines: readonly string[], name?: string): string;
  /** Names of the progress files that interrupted imports left. */
  savedStates(): string[];
}

export async function startImportSetting(): Promise<ImportSetting> {
  const endpoint = await startTrackingEndpoint();
  const home = scratchFolder();
  return {
    endpoint,
    importLog: (argv, options = {}) =>
      onevault(['import', ...argv], {
        ...options,
        environment: {
          ONEVAULT_API_URL: endpoint.url,
          ONEVAULT_TENANT: 'demo',
          ONEVAULT_TOKEN: 'ovt_sec_test',
          XDG_STATE_HOME: join(home, 'state'),
          ...options.environment,
        },
      }),
    logFile: (lines, name = 'access.log') => {
      const path = join(home, name);
      const text = `${lines.join('\n')}\n`;
      writeFileSync(path, name.endsWith('.gz') ? gzipSync(text) : text);
      return path;
    },
    savedStates: () => {
      const folder = join(home, 'state/onevault');
      return existsSync(folder) ? readdirSync(folder) : [];
    },
  };
}

/** A well-formed line; different numbers give different lines. */
export function entry(n: number, request = `GET /page/${n} HTTP/1.1`, status = 200): string {
  const second = String(n % 60).padStart(2, '0');
  return `192.0.2.1 - - [17/May/2015:10:05:${second} +0000] "${request}" ${status} 5 "https://site.example/" "Agent"`;
}

/** Different well-formed page views. */
export function entries(count: number): string[] {
  return Array.from({ length: count }, (_, n) => entry(n));
}
