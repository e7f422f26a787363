/**
 * List prices of one region on one day. Change a number here and only the lines of that number change.
 *
 * `confirmed` says whether the number was read on a page, on the day above; the others are what AWS has charged for years, from
 * memory, and have to be checked before a promise is made of them.
 */
export const priceDate = '2026-11-21';
export const priceRegion = 'us-east-1';

export interface Price {
  /** What one of it is. */
  readonly unit: string;
  /** US dollars for `per` units. */
  readonly usd: number;
  readonly per: number;
  /** Units a month that an account never pays for, however old it is. */
  readonly allowance: number;
  readonly source: string;
  readonly confirmed: boolean;
}

const MILLION = 1_000_000;

const price = (
  unit: string,
  [usd, per]: readonly [number, number],
  source: string,
  { allowance = 0, confirmed = true } = {},
): Price => ({ unit, usd, per, allowance, source, confirmed });

const pages = {
  apiGateway: 'https://aws.amazon.com/api-gateway/pricing/',
  lambda: 'https://aws.amazon.com/lambda/pricing/',
  sqs: 'https://aws.amazon.com/sqs/pricing/',
  sqsByOthers: 'https://cloudburn.io/blog/amazon-sqs-pricing',
  aurora: 'https://aws.amazon.com/rds/aurora/pricing/',
  auroraByOthers:
    'https://www.factualminds.com/blog/amazon-aurora-pricing-io-optimized-serverless-v2-global/',
  privateLink: 'https://aws.amazon.com/privatelink/pricing/',
  cloudWatch: 'https://aws.amazon.com/cloudwatch/pricing/',
  xray: 'https://aws.amazon.com/xray/pricing/',
  scheduler: 'https://aws.amazon.com/eventbridge/pricing/',
  kms: 'https://aws.amazon.com/kms/pricing/',
  transfer: 'https://aws.amazon.com/ec2/pricing/on-demand/',
  budgets: 'https://aws.amazon.com/aws-cost-management/aws-budgets/pricing/',
};

export const prices = {
  httpApiRequest: price('request', [1, MILLION], pages.apiGateway, { confirmed: false }),
  lambdaRequest: price('request', [0.2, MILLION], pages.lambda, { allowance: MILLION }),
  lambdaGbSecondArm: price('GB-s', [0.0000133334, 1], pages.lambda, { allowance: 400_000 }),
  sqsRequest: price('request', [0.4, MILLION], pages.sqs, { allowance: MILLION }),
  /** On top, for requests about messages that carry a group: what keeps a noisy tenant from delaying others. */
  sqsFairRequest: price('request', [0.1, MILLION], pages.sqsByOthers),
  auroraAcuHour: price('ACU-h', [0.12, 1], pages.auroraByOthers),
  auroraOptimizedAcuHour: price('ACU-h', [0.156, 1], pages.aurora, { confirmed: false }),
  auroraIo: price('request', [0.2, MILLION], pages.auroraByOthers),
  auroraStorage: price('GB-month', [0.1, 1], pages.auroraByOthers),
  auroraOptimizedStorage: price('GB-month', [0.225, 1], pages.auroraByOthers),
  auroraBackup: price('GB-month', [0.021, 1], pages.auroraByOthers),
  endpointHour: price('hour', [0.01, 1], pages.privateLink),
  endpointGb: price('GB', [0.01, 1], pages.privateLink),
  logsGb: price('GB', [0.5, 1], pages.cloudWatch, { allowance: 5 }),
  logsStorage: price('GB-month', [0.03, 1], pages.cloudWatch, { allowance: 5 }),
  customMetric: price('metric', [0.3, 1], pages.cloudWatch, { allowance: 10 }),
  alarm: price('metric watched', [0.1, 1], pages.cloudWatch, { allowance: 10 }),
  /** Three a month are free, but only with 50 metrics or fewer; the larger ones are `largeDashboard`. */
  dashboard: price('dashboard', [3, 1], pages.cloudWatch, { allowance: 3 }),
  largeDashboard: price('dashboard', [3, 1], pages.cloudWatch),
  trace: price('trace', [5, MILLION], pages.xray, { allowance: 100_000, confirmed: false }),
  schedule: price('invocation', [1, MILLION], pages.scheduler, { allowance: 14 * MILLION, confirmed: false }),
  key: price('key', [1, 1], pages.kms, { confirmed: false }),
  transferGb: price('GB', [0.09, 1], pages.transfer, { allowance: 100 }),
  budget: price('budget', [0, 1], pages.budgets, { confirmed: false }),
} as const satisfies Record<string, Price>;

export type PriceName = keyof typeof prices;
export type Prices = Readonly<Record<PriceName, Price>>;
