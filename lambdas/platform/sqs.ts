import { SQSClient } from '@aws-sdk/client-sqs';

/** Milliseconds a call to SQS may take. A queue that hangs must not hold up what is already safe in the database. */
const PATIENCE = 1_500;

/** In AWS this is the regional endpoint; `AWS_ENDPOINT_URL_SQS` points it at any other server of the protocol. */
export const createSqsClient = (): SQSClient => new SQSClient({ useQueueUrlAsEndpoint: false });

/** Options for one call, which it ends when SQS does not answer. */
export const withinPatience = () => ({ abortSignal: AbortSignal.timeout(PATIENCE) });
