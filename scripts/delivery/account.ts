import {
  CloudFormationClient,
  DescribeStacksCommand,
  GetTemplateCommand,
  paginateListStackResources,
} from '@aws-sdk/client-cloudformation';
import * as z from 'zod';
import { EXIT, StepFailure } from './failure.ts';

const NO_CREDENTIALS =
  'No AWS credentials were found: set AWS_PROFILE (after `aws sso login` or `aws configure`), or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.';
const NO_REGION = 'No AWS region was found: set AWS_REGION, or a region in the profile.';
/** What AWS answers to credentials that it knows and no longer takes, or does not know. */
const REFUSED = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidClientTokenId',
  'UnrecognizedClientException',
  'SignatureDoesNotMatch',
]);

const pair = z.object({ OutputKey: z.string(), OutputValue: z.string() });
const parameter = z.object({ ParameterKey: z.string(), ParameterValue: z.string() });
const description = z.object({
  StackStatus: z.string(),
  StackStatusReason: z.string().optional(),
  EnableTerminationProtection: z.boolean().default(false),
  Outputs: z.array(pair).default([]),
  Parameters: z.array(parameter).default([]),
});

/** A stack as CloudFormation has it now. */
export interface DeployedStack {
  readonly status: string;
  readonly isProtected: boolean;
  readonly outputs: Readonly<Record<string, string>>;
  readonly parameters: Readonly<Record<string, string>>;
}

/** The account that the caller's credentials open. Reads only; the CDK CLI is what changes it. */
export class Account {
  readonly region: string;
  readonly #clients = new Map<string, CloudFormationClient>();

  private constructor(region: string) {
    this.region = region;
  }

  /** @throws StepFailure, one sentence, when there are no credentials or no region. */
  static async open(): Promise<Account> {
    const client = new CloudFormationClient();
    try {
      const region = await client.config.region().catch(() => undefined);
      await client.config.credentials().catch((cause: unknown) => {
        throw new StepFailure(NO_CREDENTIALS, EXIT.misused, { cause });
      });
      if (region === undefined) throw new StepFailure(NO_REGION, EXIT.misused);
      return new Account(region);
    } finally {
      client.destroy();
    }
  }

  /** The stack, or undefined when there is none of that name. */
  async describe(name: string, region = this.region): Promise<DeployedStack | undefined> {
    const answer = await this.#ask(this.#client(region).send(new DescribeStacksCommand({ StackName: name })));
    if (answer === undefined) return undefined;
    const { StackStatus, EnableTerminationProtection, Outputs, Parameters } = description.parse(
      answer.Stacks?.[0],
    );
    return {
      status: StackStatus,
      isProtected: EnableTerminationProtection,
      outputs: Object.fromEntries(Outputs.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue])),
      parameters: Object.fromEntries(
        Parameters.map(({ ParameterKey, ParameterValue }) => [ParameterKey, ParameterValue]),
      ),
    };
  }

  /** The template that the stack was last deployed from; an empty one when it does not exist. */
  async template(name: string, region = this.region): Promise<string> {
    const answer = await this.#ask(
      this.#client(region).send(new GetTemplateCommand({ StackName: name, TemplateStage: 'Original' })),
    );
    return answer?.TemplateBody ?? '{}';
  }

  /** The physical names of the stack's resources of one type. */
  async resources(name: string, type: string, region = this.region): Promise<string[]> {
    const pages = paginateListStackResources({ client: this.#client(region) }, { StackName: name });
    const ofType = async () => {
      const found: string[] = [];
      for await (const { StackResourceSummaries = [] } of pages) {
        for (const { ResourceType, PhysicalResourceId } of StackResourceSummaries) {
          if (ResourceType === type && PhysicalResourceId !== undefined) found.push(PhysicalResourceId);
        }
      }
      return found;
    };
    return (await this.#ask(ofType())) ?? [];
  }

  close(): void {
    for (const client of this.#clients.values()) client.destroy();
  }

  #client(region: string): CloudFormationClient {
    const known = this.#clients.get(region);
    if (known !== undefined) return known;
    const client = new CloudFormationClient({ region });
    this.#clients.set(region, client);
    return client;
  }

  /** @returns undefined for a stack that does not exist. */
  async #ask<Answer>(asked: Promise<Answer>): Promise<Answer | undefined> {
    try {
      return await asked;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      if (error.name === 'ValidationError' && error.message.includes('does not exist')) return undefined;
      if (REFUSED.has(error.name)) {
        throw new StepFailure(
          `AWS does not take the credentials (${error.name}). Sign in again (\`aws sso login\`), or correct the keys.`,
          EXIT.misused,
        );
      }
      throw new StepFailure(
        `CloudFormation cannot be asked (${error.name}: ${error.message}). Check the network, the region and the rights of the credentials.`,
      );
    }
  }
}
