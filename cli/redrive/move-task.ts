import { setTimeout as sleep } from 'node:timers/promises';
import {
  ListMessageMoveTasksCommand,
  type SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { CommandFailure, printable } from '../failure.ts';
import type { DeadLetters } from './queues.ts';

const PAUSE_MS = 1_000;

/** What servers of the protocol say that have no such task. */
const UNKNOWN = new Set([
  'InvalidAction',
  'UnsupportedOperation',
  'AWS.SimpleQueueService.UnsupportedOperation',
]);

/**
 * Lets SQS itself move all dead letters to where they came from, and waits for it.
 * @returns how many were moved, or null where SQS has no such task.
 * @throws CommandFailure when the task ends before its time.
 */
export async function moveByTask(client: SQSClient, { arn }: DeadLetters): Promise<number | null> {
  try {
    await client.send(new StartMessageMoveTaskCommand({ SourceArn: arn }));
  } catch (error) {
    if (error instanceof Error && UNKNOWN.has(error.name)) return null;
    throw error;
  }
  for (;;) {
    const { Results = [] } = await client.send(
      new ListMessageMoveTasksCommand({ SourceArn: arn, MaxResults: 1 }),
    );
    const [task] = Results;
    const moved = Number(task?.ApproximateNumberOfMessagesMoved ?? 0);
    if (task?.Status === 'COMPLETED') return moved;
    if (task === undefined || task.Status !== 'RUNNING') {
      throw new CommandFailure(
        `SQS ended the move after ${moved} messages (${printable(task?.FailureReason ?? task?.Status ?? 'no task')}). Nothing is lost; run it again.`,
      );
    }
    await sleep(PAUSE_MS);
  }
}
