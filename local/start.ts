// `npm start`: runs the whole product on this machine until it is told to stop.
import { banner } from './banner.ts';
import { DataDirectory, StartRefused } from './data-directory.ts';
import { readOptions, usage } from './options.ts';
import { LocalStack } from './stack.ts';

/** One Ctrl-C can arrive several times (the terminal, npm and the runner each pass it on); a second one is a later one. */
const sameSignalMs = 1_000;

function explain(error: unknown): void {
  console.error(error instanceof StartRefused ? error.message : error);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2), process.env);
  if (options.help) return console.log(usage);
  const data = new DataDirectory(options.dataDir);
  const stack = new LocalStack(options, data, (line) => console.log(line));

  let stoppingSince: number | undefined;
  const stop = async () => {
    if (stoppingSince !== undefined) {
      if (Date.now() - stoppingSince < sameSignalMs) return;
      stack.kill();
      process.exit(1);
    }
    stoppingSince = Date.now();
    console.log('Stopping ...');
    await stack.stop();
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);
  // The runner is gone without having passed on a signal.
  if (process.connected) process.once('disconnect', stop);

  try {
    const description = await stack.start();
    console.log(banner(description, data));
  } catch (error) {
    if (stoppingSince !== undefined) return;
    explain(error);
    await stack.stop();
    process.exit();
  }
}

await main().catch(explain);
