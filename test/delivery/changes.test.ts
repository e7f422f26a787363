import { expect, it } from 'vitest';
import {
  type Destruction,
  readDestructions,
  refuseDestruction,
  stateful,
} from '../../scripts/delivery/changes.ts';

const doom = (type: string, fate = 'will be replaced'): Destruction => ({ type, logicalId: 'TheOne', fate });

it.each(Object.keys(stateful))(
  'refuses what replaces or removes a %s, and names what goes with it',
  (type) => {
    for (const fate of ['will be replaced', 'may be replaced', 'will be destroyed', 'will be orphaned']) {
      expect(() => refuseDestruction([doom(type, fate)], [])).toThrow(
        `TheOne (${type}) ${fate}: with it goes`,
      );
    }
  },
);

it('lets a stateful resource go that was accepted by its logical id, and no other', () => {
  const queue = 'AWS::SQS::Queue';
  expect(() => refuseDestruction([doom(queue)], ['TheOne'])).not.toThrow();
  expect(() => refuseDestruction([doom(queue)], ['Another'])).toThrow('--accept-replacement');
});

it.each(['AWS::Logs::LogGroup', 'AWS::Lambda::Function'])('lets a %s be made anew', (type) => {
  expect(() => refuseDestruction([doom(type)], [])).not.toThrow();
});

it('reads each destructive change, with or without a path, and refuses when the CLI counts more', () => {
  const output = `❌  Found 2 destructive change(s) (--fail-on=destructive):
  dev/Tracking (dev-Tracking): AWS::EC2::VPC Tracking/Network/Vpc/from x:443 NetworkVpc7F will be replaced
  dev/Tracking (dev-Tracking): AWS::SQS::Queue OldQueue may be replaced
`;
  expect(readDestructions(output)).toEqual([
    { type: 'AWS::EC2::VPC', logicalId: 'NetworkVpc7F', fate: 'will be replaced' },
    { type: 'AWS::SQS::Queue', logicalId: 'OldQueue', fate: 'may be replaced' },
  ]);
  expect(() => readDestructions(output.replace('may be', 'might be'))).toThrow(
    'counts 2 destructive changes and 1',
  );
});
