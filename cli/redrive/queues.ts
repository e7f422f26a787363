import {
  GetQueueAttributesCommand,
  ListQueuesCommand,
  type SQSClient,
  SQSServiceException,
} from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { CommandFailure, printable } from '../failure.ts';

export const queueNames = ['staging', 'business'] as const;
export type QueueName = (typeof queueNames)[number];

/** A queue's dead letters, and where they came from. */
export interface DeadLetters {
  readonly url: string;
  readonly arn: string;
  readonly source: { readonly url: string };
}

const attributes = z.object({
  QueueArn: z.string(),
  RedrivePolicy: z
    .string()
    .transform((text) => z.object({ deadLetterTargetArn: z.string() }).parse(JSON.parse(text)))
    .optional(),
});

/** What the names of an environment's queues begin with: CloudFormation's with the stack's name, ours with the same in one word. */
const beginnings = (environment: string) => [`${environment}-Tracking-`, `${environment}Tracking-`];

const nameOf = (url: string): string => url.slice(url.lastIndexOf('/') + 1);

/** Of the names that CloudFormation makes of the construct's path. */
const deadLettersOf = {
  staging: /Pipeline-?Staging-?DeadLetters/,
  business: /Pipeline-?Business-?DeadLetters/,
} as const satisfies Record<QueueName, RegExp>;

/**
 * Finds a queue's dead letters by name, and their source by the policy that sends them there.
 * @param environment whose names the queues' begin with; empty where there is one environment only.
 * @throws CommandFailure when there is not exactly one of each.
 */
export async function findDeadLetters(
  client: SQSClient,
  name: QueueName,
  environment: string,
): Promise<DeadLetters> {
  const urls = (await listQueues(client, environment)).filter(
    (url) => environment === '' || beginnings(environment).some((each) => nameOf(url).startsWith(each)),
  );
  const own = urls.filter((url) => deadLettersOf[name].test(nameOf(url)));
  const [url] = own;
  if (url === undefined || own.length > 1) {
    throw new CommandFailure(
      `There ${own.length === 0 ? 'is no queue' : `are ${own.length} queues`} of dead letters of "${name}" ${environment === '' ? 'here' : `in the environment ${printable(environment)}`}. Check --env, the region and the credentials.`,
    );
  }
  const { QueueArn: arn } = await describe(client, url);
  for (const candidate of urls.filter((each) => each !== url)) {
    const described = await describeIfAllowed(client, candidate);
    if (described?.RedrivePolicy?.deadLetterTargetArn === arn)
      return { url, arn, source: { url: candidate } };
  }
  throw new CommandFailure(
    `No queue that these credentials may describe sends its dead letters to ${printable(arn)}.`,
  );
}

async function listQueues(client: SQSClient, prefix: string): Promise<string[]> {
  const urls: string[] = [];
  let token: string | undefined;
  do {
    const page = await client.send(
      new ListQueuesCommand({
        MaxResults: 1_000,
        ...(prefix !== '' && { QueueNamePrefix: prefix }),
        ...(token !== undefined && { NextToken: token }),
      }),
    );
    urls.push(...(page.QueueUrls ?? []));
    token = page.NextToken;
  } while (token !== undefined);
  return urls;
}

async function describe(client: SQSClient, url: string): Promise<z.infer<typeof attributes>> {
  const answer = await client.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }));
  return attributes.parse(answer.Attributes);
}

/** Rights on the two queues in question are enough: any other may be none of the caller's business, or gone since it was listed. */
async function describeIfAllowed(client: SQSClient, url: string) {
  try {
    return await describe(client, url);
  } catch (error) {
    if (error instanceof SQSServiceException) return undefined;
    throw error;
  }
}
