import { SQSClient } from '@aws-sdk/client-sqs';
import { createSqsClient } from '../../lambdas/platform/sqs.ts';
import { HELP_OPTION, readArguments } from '../arguments.ts';
import { localStack } from '../connection.ts';
import { CommandFailure, EXIT, failureText, printable } from '../failure.ts';
import { figure } from '../table.ts';
import { type Held, holdLetters, MOST_LETTERS, moveLetters, releaseLetters } from './letters.ts';
import { moveByTask } from './move-task.ts';
import { type DeadLetters, findDeadLetters, type QueueName, queueNames } from './queues.ts';

const HELP = `Usage: onevault redrive --queue ${queueNames.join('|')} [options]

Moves the dead letters of a queue back to it, so that they are tried again. A letter that says nothing readable stays where it is and
is named. No event depends on any of them: the sweeper rings again for whatever nobody finished.

  --queue NAME       whose dead letters
  --env NAME         the deployed environment, with the credentials and region of AWS_PROFILE, AWS_REGION and the like;
                     without it the local stack
  --dry-run          look and move nothing
  --data-dir DIR     data directory of the local stack (default: .onevault in the project)

Exit status: ${EXIT.ok} all that can be read were moved, ${EXIT.failed} something failed, ${EXIT.stillPending} some stay because they cannot be read.
`;

const OPTIONS = {
  ...HELP_OPTION,
  queue: { type: 'string' },
  env: { type: 'string' },
  'dry-run': { type: 'boolean' },
  'data-dir': { type: 'string' },
} as const;

/** How many unreadable letters are named. */
const NAMED = 10;

/** `onevault redrive`: returns the exit status. */
export async function redriveCommand(argv: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments('redrive', OPTIONS, argv);
  if (values.help) {
    process.stdout.write(HELP);
    return EXIT.ok;
  }
  const name = queueNames.find((each) => each === values.queue);
  if (name === undefined || positionals.length > 0) {
    throw new CommandFailure(
      `redrive wants --queue ${queueNames.join(' or --queue ')}. See: onevault redrive --help`,
    );
  }
  const client = values.env === undefined ? await localQueues(values['data-dir']) : await deployedQueues();
  try {
    const letters = await findDeadLetters(client, name, values.env ?? '');
    return await redrive(client, name, letters, values['dry-run'] === true);
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    throw new CommandFailure(`The queues cannot be asked (${failureText(error)}). Nothing is lost.`);
  } finally {
    client.destroy();
  }
}

async function deployedQueues(): Promise<SQSClient> {
  const client = createSqsClient();
  try {
    await client.config.region();
    return client;
  } catch {
    client.destroy();
    throw new CommandFailure('No AWS region was found: set AWS_REGION, or a region in the profile.');
  }
}

async function localQueues(dataDir: string | undefined): Promise<SQSClient> {
  const { queueEndpoint } = await localStack(dataDir);
  return new SQSClient({
    endpoint: queueEndpoint,
    region: process.env.AWS_REGION ?? 'us-east-1',
    useQueueUrlAsEndpoint: false,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
}

async function redrive(
  client: SQSClient,
  name: QueueName,
  letters: DeadLetters,
  isDryRun: boolean,
): Promise<number> {
  const held = await holdLetters(client, letters);
  const { readable, unreadable } = held;
  if (isDryRun) {
    await releaseLetters(client, letters, [...readable, ...unreadable]);
    print(`${figure(readable.length)} dead letters of ${name} can be moved. Nothing was.`);
  } else {
    print(`${figure(await move(client, letters, held))} dead letters of ${name} were moved back.`);
  }
  if (readable.length + unreadable.length >= MOST_LETTERS) {
    print(`A run looks at ${figure(MOST_LETTERS)}: run it again for the others.`);
  }
  if (unreadable.length === 0) return EXIT.ok;
  const ids = unreadable.slice(0, NAMED).map(({ id }) => printable(id));
  print(
    `${figure(unreadable.length)} cannot be read and stay: ${ids.join(', ')}${unreadable.length > NAMED ? ', …' : ''}. Nothing of this release wrote them.`,
  );
  return EXIT.stillPending;
}

/** SQS moves all or none, so where some must stay they are moved one by one. */
async function move(
  client: SQSClient,
  letters: DeadLetters,
  { readable, unreadable }: Held,
): Promise<number> {
  if (readable.length > 0 && unreadable.length === 0) {
    // It moves what it can see.
    await releaseLetters(client, letters, readable);
    const moved = await moveByTask(client, letters);
    if (moved !== null) return moved;
    const again = await holdLetters(client, letters);
    const count = await moveLetters(client, letters, again.readable);
    await releaseLetters(client, letters, again.unreadable);
    return count;
  }
  try {
    return await moveLetters(client, letters, readable);
  } finally {
    await releaseLetters(client, letters, unreadable);
  }
}

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
