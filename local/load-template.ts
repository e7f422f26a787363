import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { StartRefused } from './data-directory.ts';
import { readTemplate, type TemplateModel } from './template.ts';

const synthesiseModule = path.join(import.meta.dirname, 'processes', 'synthesise.ts');
const largestTemplateBytes = 64 * 1024 * 1024;

/**
 * Reads the given template, or synthesises the one of the local environment.
 * @throws StartRefused with the reason when there is none.
 */
export async function loadTemplate(file: string | undefined): Promise<TemplateModel> {
  try {
    const text = file === undefined ? await synthesise() : await readFile(file, 'utf8');
    return readTemplate(JSON.parse(text));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StartRefused(`The template cannot be used: ${reason}`, { cause });
  }
}

async function synthesise(): Promise<string> {
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, [synthesiseModule], {
    cwd: path.dirname(import.meta.dirname),
    maxBuffer: largestTemplateBytes,
  });
  return stdout;
}
