import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';

/** Does with a batch what its messages' bodies ask for. */
export const handler = async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
  const bodies = Records.map(({ body }) => body);
  if (bodies.includes('throw')) throw new Error('asked to throw');
  // Not even a thread that never yields may hold up the next batch.
  while (bodies.includes('spin'));
  if (bodies.includes('hang')) await new Promise(() => setInterval(() => undefined, 1_000));
  const failed = Records.filter(({ body }) => body === 'fail');
  return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
};
