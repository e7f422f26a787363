import { createServer, type IncomingMessage, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { CloudFormation, type CloudFormationState, Refusal } from './cloudformation.ts';

const ACCOUNT = '123456789012';
const REGION = 'eu-central-1';
const BOOTSTRAP_VERSION = '30';

interface Answer {
  readonly status: number;
  readonly body: string;
}

/**
 * Answers what the CDK CLI and this product's commands ask of CloudFormation, STS, S3 and SSM, by their protocols, so that
 * both run here as they run against an account.
 */
export class AwsServer {
  /** Every action that was called, with the stack it was about. */
  readonly calls: string[] = [];
  readonly #objects = new Map<string, string>();
  readonly #cloudFormation = new CloudFormation(this.#objects);
  readonly #server: Server;
  #port = 0;

  constructor() {
    this.#server = createServer((request, response) => {
      this.#answer(request).then(
        ({ status, body }) => response.writeHead(status).end(body),
        (error: unknown) => response.writeHead(500).end(String(error)),
      );
    });
  }

  get state(): CloudFormationState {
    return this.#cloudFormation.state;
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    if (address !== null && typeof address === 'object') this.#port = address.port;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** What a process has to be told to speak to this server and to no other. */
  get environment(): Record<string, string> {
    return {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${this.#port}`,
      AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'only-for-this-test',
      AWS_REGION: REGION,
    };
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    const body = await text(request);
    if (request.headers['x-amz-target'] !== undefined) {
      return { status: 200, body: JSON.stringify({ Parameter: { Value: BOOTSTRAP_VERSION } }) };
    }
    const form = new URLSearchParams(body);
    const action = form.get('Action');
    if (action === null) return this.#storage(request, body);
    this.calls.push([action, form.get('StackName')].filter(Boolean).join(' '));
    try {
      const result = tokenService(action) ?? this.#cloudFormation.answer(action, form);
      const name = `${action}Result`;
      return { status: 200, body: `<${action}Response><${name}>${result}</${name}></${action}Response>` };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { code, message } = error;
      return {
        status: 400,
        body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
      };
    }
  }

  #storage({ method = '', url = '' }: IncomingMessage, body: string): Answer {
    const { pathname, searchParams } = new URL(url, 'http://s3');
    if (method === 'PUT') {
      this.#objects.set(pathname, body);
      return { status: 200, body: '' };
    }
    if (searchParams.has('location'))
      return { status: 200, body: `<LocationConstraint>${REGION}</LocationConstraint>` };
    // Bundles count as uploaded; templates are taken, because CloudFormation reads them.
    const prefix = searchParams.get('prefix') ?? '';
    if (searchParams.has('list-type')) {
      const found = prefix.endsWith('.zip') ? `<Contents><Key>${prefix}</Key></Contents>` : '';
      return { status: 200, body: `<ListBucketResult>${found}</ListBucketResult>` };
    }
    return { status: this.#objects.has(pathname) ? 200 : 404, body: '' };
  }
}

function tokenService(action: string): string | undefined {
  switch (action) {
    case 'GetCallerIdentity':
      return `<Account>${ACCOUNT}</Account><Arn>arn:aws:iam::${ACCOUNT}:user/tester</Arn><UserId>tester</UserId>`;
    case 'AssumeRole': {
      const until = new Date(Date.now() + 3_600_000).toISOString();
      return `<Credentials><AccessKeyId>AKIAIOSFODNN7EXAMPLE</AccessKeyId><SecretAccessKey>assumed</SecretAccessKey><SessionToken>session</SessionToken><Expiration>${until}</Expiration></Credentials>`;
    }
    default:
      return undefined;
  }
}
