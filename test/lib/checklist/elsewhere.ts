/** A statement that no template shows, and a test that does: its file and a part of its title. */
export const elsewhere: readonly { readonly number: number; readonly file: string; readonly test: string }[] =
  [
    {
      number: 5,
      file: 'test/isolation/roles.test.ts',
      test: 'each stage does all of its work with the rights of its own role',
    },
    {
      number: 5,
      file: 'test/isolation/login.test.ts',
      test: 'no function starts with the login of another role',
    },
    {
      number: 8,
      file: 'test/platform/tls.test.ts',
      test: 'is refused by us where nobody we trust signed the certificate',
    },
    {
      number: 10,
      file: 'test/lib/validation.test.ts',
      test: 'has no finding of cdk-nag’s packs and of cfn-guard that nobody acknowledged',
    },
    {
      number: 18,
      file: 'test/pipeline/poison.test.ts',
      test: '18 one poison message in ten is returned alone',
    },
    {
      number: 19,
      file: 'test/platform/queue-consumer.test.ts',
      test: 'begins no set that the invocation may end before',
    },
    {
      number: 20,
      file: 'test/pipeline/stages.test.ts',
      test: 'that is asked twice, or by two workers at once, does its work once',
    },
    {
      number: 21,
      file: 'test/api/track-signals.test.ts',
      test: 'as failed, with nothing accepted, when the database cannot store it',
    },
    {
      number: 21,
      file: 'test/api/track.test.ts',
      test: 'says 202 for events that are stored, though the queue fails',
    },
    { number: 21, file: 'test/pipeline/stages.test.ts', test: 'rings again for what nobody finished' },
    { number: 23, file: 'test/bundles/bundles.test.ts', test: 'is no larger than 600,000 bytes' },
    {
      number: 24,
      file: 'test/platform/log.test.ts',
      test: 'never mixes two overlapping invocations of one process',
    },
    {
      number: 25,
      file: 'test/platform/doorbell.test.ts',
      test: 'never mixes tenants in a message, and tells SQS whose each is',
    },
    { number: 29, file: 'test/api/contract.test.ts', test: 'answers as it is described' },
    {
      number: 33,
      file: 'test/platform/migrations.test.ts',
      test: 'runs each migration once when two deployments start together',
    },
    { number: 33, file: 'test/platform/migrations.test.ts', test: 'goes on where a killed run stopped' },
    {
      number: 33,
      file: 'test/platform/migrations.test.ts',
      test: 'refuses a file that was changed after it ran',
    },
    {
      number: 35,
      file: 'test/upgrade/previous-release.test.ts',
      test: 'the handlers of the release before, on the schema of this one',
    },
    {
      number: 36,
      file: 'test/retention/classes.test.ts',
      test: 'is a number of whole days in UTC',
    },
    {
      number: 36,
      file: 'test/erasure/erase-visitors.test.ts',
      test: 'leaves no mark of theirs in any table',
    },
    {
      number: 37,
      file: 'test/restore/restore.test.ts',
      test: 'restores every event acknowledged before the target time, and none after it',
    },
    {
      number: 38,
      file: 'test/lib/observability/checklist.test.ts',
      test: '38 whatever can go wrong has an alarm',
    },
    {
      number: 39,
      file: 'test/lib/observability/checklist.test.ts',
      test: '39 every alarm says what is wrong, how bad it is and what to do',
    },
    {
      number: 40,
      file: 'test/lib/observability/checklist.test.ts',
      test: '40 the dashboard tells the story from accepted to vaulted',
    },
    {
      number: 41,
      file: 'test/platform/functions.test.ts',
      test: 'leave nothing of what they say, nor of who sent them, in any line',
    },
    {
      number: 42,
      file: 'test/marts/daily-metrics.test.ts',
      test: 'leaves everything as it is when it runs again, numbers of rows included',
    },
    { number: 43, file: 'test/lib/config.test.ts', test: '43 a configuration that cannot work' },
    { number: 43, file: 'test/lib/synthesise.test.ts', test: '43 names no account, region or ARN' },
    { number: 44, file: 'test/lib/synthesise.test.ts', test: '44 says the same of %s twice' },
    { number: 44, file: 'test/lib/synthesise.test.ts', test: '44 needs no network' },
    {
      number: 48,
      file: 'test/lib/synthesise.test.ts',
      test: '48 installs what is pinned, from the registry alone',
    },
    {
      number: 49,
      file: 'test/delivery/destroy.test.ts',
      test: 'leaves nothing of dev behind but what the guide says',
    },
    {
      number: 50,
      file: 'test/delivery/path.test.ts',
      test: 'leads, in a clone and without an account, to templates and bundles that passed every rule',
    },
  ];
