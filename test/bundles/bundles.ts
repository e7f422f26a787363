import { execFileSync, spawn } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { FunctionName } from '../../lib/config.ts';
import { LOCAL_ENVIRONMENT } from '../../lib/environments.ts';
import { synthesise } from '../../lib/synthesise.ts';
import { readTemplate } from '../../local/template.ts';
import { functionNamed, resourcesOf } from '../lib/template.ts';

const sourceMap = z.object({ sources: z.array(z.string()) });

/** The functions as they would be deployed, and the template that says with what. */
export interface Bundles {
  readonly model: ReturnType<typeof readTemplate>;
  folderOf(name: FunctionName): string;
}

/** Bundles every function once, by the same synthesis as a deployment. The code is the same in every environment. */
export function bundleInto(outdir: string): Bundles {
  const template = synthesise(LOCAL_ENVIRONMENT, { bundle: true, outdir });
  const resources = resourcesOf(template);
  return {
    model: readTemplate(template),
    folderOf: (name) =>
      join(outdir, `asset.${functionNamed(resources, name).properties.Code.S3Key.replace('.zip', '')}`),
  };
}

/** The source files that a bundle is made of, as its source map names them. */
export function sourcesOf(folder: string): string[] {
  const { sources } = sourceMap.parse(JSON.parse(readFileSync(join(folder, 'index.mjs.map'), 'utf8')));
  return sources.map((source) => source.replace(/^.*?\/(?=(lambdas|node_modules)\/)/, ''));
}

export const filesOf = (folder: string, pattern: string): string[] =>
  globSync(pattern, { cwd: folder }).sort();

/** Runs in the child: loads the bundle as Lambda's runtime does and hands it one event after the other. */
const runtime = `
const { handler } = await import(process.cwd() + '/index.mjs');
process.on('message', async (event) => {
  const context = {
    awsRequestId: '00000000-0000-4000-8000-000000000000',
    functionName: 'bundle',
    memoryLimitInMB: '1024',
    getRemainingTimeInMillis: () => 20_000,
  };
  try {
    process.send({ answer: (await handler(event, context)) ?? null });
  } catch (error) {
    process.send({ failure: String(error) });
  }
});
process.send('loaded');
`;

/**
 * Starts a bundle in a process that has nothing but the given variables, invokes it once and ends it.
 * @throws Error when it does not load, or when the handler throws.
 */
export function invokeBundle(
  folder: string,
  environment: Readonly<Record<string, string>>,
  event: unknown,
): Promise<unknown> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', runtime], {
    cwd: folder,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  return new Promise<unknown>((resolve, reject) => {
    child.on('message', (message) => {
      if (message === 'loaded') child.send(JSON.parse(JSON.stringify(event)));
      else if (typeof message === 'object' && message !== null && 'answer' in message)
        resolve(message.answer);
      else reject(new Error(`The handler failed: ${JSON.stringify(message)}. It printed:\n${output}`));
    });
    child.once('exit', (code) => reject(new Error(`The bundle ended with ${code}. It printed:\n${output}`)));
  }).finally(() => child.kill());
}

/** The kind of a bundle's handler in a process that starts as a deployed function does. */
export function kindOfHandler(folder: string, environment: Readonly<Record<string, string>>): string {
  const start = `import('./index.mjs').then(({ handler }) => console.log(typeof handler), console.log)`;
  return execFileSync(process.execPath, ['-e', start], {
    cwd: folder,
    encoding: 'utf8',
    env: environment,
  }).trim();
}
