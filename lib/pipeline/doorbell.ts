import { Duration, Names, Stack } from 'aws-cdk-lib';
import type { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Queue, QueueEncryption, RedrivePermission } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import type { TrackingFunction } from '../function.ts';
import { messagesIn } from './messages-in.ts';

/** Deliveries of a message before it is set aside: enough to outlive a failover, few enough to show poison soon. */
const MAX_RECEIVES = 5;
/** The longest that SQS keeps a message. A dead letter keeps the age it had in its queue, so both need all of it. */
const RETENTION = Duration.days(14);

type QueueVariable = 'STAGING_QUEUE_URL' | 'BUSINESS_QUEUE_URL';
type DeadLetterVariable = 'STAGING_DLQ_URL' | 'BUSINESS_DLQ_URL';

/**
 * A queue of ids that tells a stage where work waits, and the queue for messages that stage could not take.
 * It holds no event: emptying it loses nothing, since the sweeper rings again.
 */
export class Doorbell extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, props: { readonly visibilitySeconds: number }) {
    super(scope, id);
    const protection = {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: RETENTION,
    };
    // Each of the two names the other, which CloudFormation cannot order: so one of them is known by its name.
    const queueName = Names.uniqueResourceName(this, { maxLength: 80, separator: '-' });
    this.deadLetters = new Queue(this, 'DeadLetters', {
      ...protection,
      redriveAllowPolicy: {
        redrivePermission: RedrivePermission.BY_QUEUE,
        sourceQueues: [
          Queue.fromQueueArn(
            this,
            'Source',
            Stack.of(this).formatArn({ service: 'sqs', resource: queueName }),
          ),
        ],
      },
    });
    acknowledge(this.deadLetters, {
      'Serverless::Serverless-SQSRedrivePolicy':
        'It is the dead-letter queue itself; nothing reads from it but the redrive command.',
    });
    this.queue = new Queue(this, 'Queue', {
      ...protection,
      queueName,
      visibilityTimeout: Duration.seconds(props.visibilitySeconds),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: MAX_RECEIVES },
    });
  }

  /** Lets a function ring, and tells it where. */
  grantRing(to: TrackingFunction, variable: QueueVariable): void {
    this.queue.grantSendMessages(to);
    to.set(variable, this.queue.queueUrl);
  }

  /** Lets a function read how much waits, here and among the dead letters, and nothing of what it is. */
  grantMeasure(to: TrackingFunction, queue: QueueVariable, deadLetters: DeadLetterVariable): void {
    this.queue.grant(to, 'sqs:GetQueueAttributes');
    this.deadLetters.grant(to, 'sqs:GetQueueAttributes');
    to.set(queue, this.queue.queueUrl).set(deadLetters, this.deadLetters.queueUrl);
  }

  /** Seconds that the oldest message waits. SQS leaves out what was received three times, which the dead letters show. */
  metricOldestAge(): Metric {
    return this.queue.metricApproximateAgeOfOldestMessage({
      period: Duration.minutes(1),
      statistic: 'Maximum',
      label: this.node.id,
    });
  }

  metricWaiting(): MathExpression {
    return messagesIn(this.queue, this.node.id);
  }

  metricDeadLetters(): MathExpression {
    return messagesIn(this.deadLetters, `${this.node.id} dead letters`);
  }
}
