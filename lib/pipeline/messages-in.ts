import { Duration } from 'aws-cdk-lib';
import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';

/** Messages in a queue, those that a reader has hidden included: a dead letter that somebody looks at is not gone. */
export function messagesIn(queue: IQueue, label: string, period = Duration.minutes(1)): MathExpression {
  // A graph knows metrics by their ids, so two queues in one need different ones.
  const id = queue.node.addr.slice(-8);
  const options = { period, statistic: 'Maximum' };
  return new MathExpression({
    expression: `visible_${id} + hidden_${id}`,
    usingMetrics: {
      [`visible_${id}`]: queue.metricApproximateNumberOfMessagesVisible(options),
      [`hidden_${id}`]: queue.metricApproximateNumberOfMessagesNotVisible(options),
    },
    label,
    period,
  });
}
