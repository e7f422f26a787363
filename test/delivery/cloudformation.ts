import { randomUUID } from 'node:crypto';
import * as z from 'zod';

const CLOCK = '2026-11-21T08:00:00Z';

/** What CloudFormation answers with status 400. */
export class Refusal extends Error {
  readonly code: string;

  constructor(message: string, code = 'ValidationError') {
    super(message);
    this.code = code;
  }
}

export interface StackState {
  readonly id: string;
  readonly status: string;
  readonly template: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly isProtected: boolean;
  readonly parameters: Readonly<Record<string, string>>;
}

export interface CloudFormationState {
  readonly stacks: Map<string, StackState>;
  /** Outputs that a stack gets when it is deployed. */
  outputs: Readonly<Record<string, string>>;
  /** Whether the next change fails and is rolled back. */
  failing: boolean;
  /** Actions that the caller has no right to. */
  denied: readonly string[];
  /** Told of each stack that was changed. */
  onExecuted: (stack: string) => void;
}

interface ChangeSet {
  readonly id: string;
  readonly name: string;
  readonly stack: string;
  readonly template: string;
  readonly parameters: Readonly<Record<string, string>>;
}

const template = z.object({
  Resources: z.record(z.string(), z.object({ Type: z.string() })).default({}),
});

const escaped = (content: string): string =>
  content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** A CloudFormation that deploys nothing: a change that is executed only becomes the stack's state. */
export class CloudFormation {
  readonly state: CloudFormationState = {
    stacks: new Map(),
    outputs: {},
    failing: false,
    denied: [],
    onExecuted: () => undefined,
  };
  readonly #objects: ReadonlyMap<string, string>;
  #changeSets: readonly ChangeSet[] = [];
  #lastOperation = '';

  /** @param objects templates that were stored elsewhere, by the path of their address. */
  constructor(objects: ReadonlyMap<string, string>) {
    this.#objects = objects;
  }

  answer(action: string, form: URLSearchParams): string {
    if (this.state.denied.includes(action)) {
      throw new Refusal(`User tester is not authorized to perform cloudformation:${action}`, 'AccessDenied');
    }
    const stack = form.get('StackName') ?? '';
    switch (action) {
      case 'DescribeStacks':
        return `<Stacks>${this.#described(stack)}</Stacks>`;
      case 'GetTemplate':
        return `<TemplateBody>${escaped(this.#stack(stack)[1].template)}</TemplateBody>`;
      case 'CreateChangeSet':
        return this.#createChangeSet(stack, form);
      case 'DescribeChangeSet':
        return this.#describedChangeSet(form.get('ChangeSetName') ?? '', stack);
      case 'ExecuteChangeSet':
        return this.#execute(form.get('ChangeSetName') ?? '', stack);
      case 'DescribeStackEvents':
        return `<StackEvents>${this.#events(stack)}</StackEvents>`;
      case 'ListStackResources':
        return `<StackResourceSummaries>${this.#resources(stack)}</StackResourceSummaries>`;
      case 'DeleteStack':
        this.state.stacks.delete(this.#stack(stack)[0]);
        return '';
      case 'DeleteChangeSet': {
        const [owner] = this.#stack(stack);
        const name = form.get('ChangeSetName');
        this.#changeSets = this.#changeSets.filter((each) => each.stack !== owner || each.name !== name);
        return '';
      }
      case 'UpdateTerminationProtection':
        return '';
      default:
        throw new Refusal(`The action ${action} is not known here.`, 'InvalidAction');
    }
  }

  #stack(name: string): [string, StackState] {
    const found = [...this.state.stacks].find(([each, { id }]) => each === name || id === name);
    if (found === undefined) throw new Refusal(`Stack with id ${name} does not exist`);
    return found;
  }

  #described(stack: string): string {
    const [name, { id, status, outputs, parameters, isProtected }] = this.#stack(stack);
    const members = Object.entries(outputs).map(
      ([key, value]) =>
        `<member><OutputKey>${key}</OutputKey><OutputValue>${escaped(value)}</OutputValue></member>`,
    );
    const given = Object.entries(parameters).map(
      ([key, value]) =>
        `<member><ParameterKey>${key}</ParameterKey><ParameterValue>${value}</ParameterValue></member>`,
    );
    return `<member><StackId>${id}</StackId><Parameters>${given.join('')}</Parameters><StackName>${name}</StackName><StackStatus>${status}</StackStatus><CreationTime>${CLOCK}</CreationTime><EnableTerminationProtection>${isProtected}</EnableTerminationProtection><Outputs>${members.join('')}</Outputs></member>`;
  }

  #createChangeSet(stack: string, form: URLSearchParams): string {
    const name = form.get('ChangeSetName') ?? '';
    const url = form.get('TemplateURL');
    const body = url === null ? form.get('TemplateBody') : this.#objects.get(new URL(url).pathname);
    if (body === undefined || body === null) throw new Refusal(`There is no template at ${url}.`);
    const id = `arn:aws:cloudformation:eu-central-1:123456789012:changeSet/${name}/${randomUUID()}`;
    this.#changeSets = [
      ...this.#changeSets,
      { id, name, stack, template: body, parameters: this.#parameters(stack, form) },
    ];
    if (!this.state.stacks.has(stack)) {
      this.#put(stack, { status: 'REVIEW_IN_PROGRESS', template: '{}' });
    }
    return `<Id>${id}</Id><StackId>${this.#stack(stack)[1].id}</StackId>`;
  }

  /** A parameter that is not given anew keeps its value. */
  #parameters(stack: string, form: URLSearchParams): Record<string, string> {
    const parameters: Record<string, string> = { ...this.state.stacks.get(stack)?.parameters };
    for (let at = 1; form.has(`Parameters.member.${at}.ParameterKey`); at += 1) {
      const value = form.get(`Parameters.member.${at}.ParameterValue`);
      if (value !== null) parameters[form.get(`Parameters.member.${at}.ParameterKey`) ?? ''] = value;
    }
    return parameters;
  }

  #changeSet(name: string, stack: string): ChangeSet {
    const owner = this.#stack(stack)[0];
    const found = this.#changeSets.findLast(
      (each) => each.stack === owner && [each.name, each.id].includes(name),
    );
    if (found === undefined) throw new Refusal(`ChangeSet ${name} does not exist`, 'ChangeSetNotFound');
    return found;
  }

  #describedChangeSet(name: string, stack: string): string {
    const { id, stack: of, template: text } = this.#changeSet(name, stack);
    const changes = Object.entries(template.parse(JSON.parse(text)).Resources).map(
      ([logicalId, { Type }]) =>
        `<member><Type>Resource</Type><ResourceChange><Action>Add</Action><LogicalResourceId>${logicalId}</LogicalResourceId><ResourceType>${Type}</ResourceType></ResourceChange></member>`,
    );
    return `<ChangeSetName>${name}</ChangeSetName><ChangeSetId>${id}</ChangeSetId><StackId>${this.#stack(of)[1].id}</StackId><StackName>${of}</StackName><Status>CREATE_COMPLETE</Status><ExecutionStatus>AVAILABLE</ExecutionStatus><Changes>${changes.join('')}</Changes>`;
  }

  #execute(name: string, stack: string): string {
    const { stack: of, template: text, parameters } = this.#changeSet(name, stack);
    const verb = this.#stack(stack)[1].status === 'REVIEW_IN_PROGRESS' ? 'CREATE' : 'UPDATE';
    if (this.state.failing) {
      this.#put(of, { status: verb === 'CREATE' ? 'ROLLBACK_COMPLETE' : 'UPDATE_ROLLBACK_COMPLETE' });
    } else {
      this.#put(of, { status: `${verb}_COMPLETE`, template: text, parameters, outputs: this.state.outputs });
    }
    this.state.onExecuted(of);
    return '';
  }

  #put(name: string, change: Partial<StackState>): void {
    const before = this.state.stacks.get(name);
    this.#lastOperation = randomUUID();
    this.state.stacks.set(name, {
      id: before?.id ?? `arn:aws:cloudformation:eu-central-1:123456789012:stack/${name}/${randomUUID()}`,
      status: 'CREATE_COMPLETE',
      template: '{}',
      outputs: {},
      isProtected: false,
      parameters: {},
      ...before,
      ...change,
    });
  }

  #events(stack: string): string {
    const [name, { id, status }] = this.#stack(stack);
    return `<member><EventId>${this.#lastOperation}</EventId><StackId>${id}</StackId><StackName>${name}</StackName><LogicalResourceId>${name}</LogicalResourceId><PhysicalResourceId>${id}</PhysicalResourceId><ResourceType>AWS::CloudFormation::Stack</ResourceType><ResourceStatus>${status}</ResourceStatus><Timestamp>${new Date().toISOString()}</Timestamp></member>`;
  }

  #resources(stack: string): string {
    const { Resources } = template.parse(JSON.parse(this.#stack(stack)[1].template));
    return Object.entries(Resources)
      .map(
        ([logicalId, { Type }]) =>
          `<member><LogicalResourceId>${logicalId}</LogicalResourceId><PhysicalResourceId>${logicalId}</PhysicalResourceId><ResourceType>${Type}</ResourceType><ResourceStatus>CREATE_COMPLETE</ResourceStatus><LastUpdatedTimestamp>${CLOCK}</LastUpdatedTimestamp></member>`,
      )
      .join('');
  }
}
