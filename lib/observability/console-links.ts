import { Fn, type Stack } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';

/** Pages of the AWS console, as addresses that CloudFormation completes: neither account nor region is known here. */
export class ConsoleLinks {
  readonly #stack: Stack;

  constructor(stack: Stack) {
    this.#stack = stack;
  }

  function(name: IFunction['functionName']): string {
    return this.#page('lambda', `#/functions/${name}?tab=monitoring`);
  }

  logs(group: ILogGroup): string {
    return this.#page('cloudwatch', `#logsV2:log-groups/log-group/${group.logGroupName}`);
  }

  queue(queue: IQueue): string {
    const { region, account, urlSuffix } = this.#stack;
    // The page is found by the queue's address, escaped; CloudFormation can join strings but not escape one.
    const address = ['https:', '', `sqs.${region}.${urlSuffix}`, account, queue.queueName];
    const [scheme, ...rest] = address;
    return this.#page(
      'sqs/v3',
      `#/queues/${scheme?.replace(':', '%3A')}${Fn.join(
        '',
        rest.map((each) => `%2F${each}`),
      )}`,
    );
  }

  cluster(identifier: string): string {
    return this.#page('rds', `#database:id=${identifier};is-cluster=true`);
  }

  api(id: string): string {
    return this.#page('apigateway', `#/apis/${id}`);
  }

  dashboard(name: string): string {
    return this.#page('cloudwatch', `#dashboards/dashboard/${name}`);
  }

  #page(service: string, fragment: string): string {
    const { region } = this.#stack;
    return `https://${region}.console.aws.amazon.com/${service}/home?region=${region}${fragment}`;
  }
}
