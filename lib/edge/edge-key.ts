import { CfnParameter } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { EDGE_KEY_HASHES, MOST_EDGE_KEYS } from './parameters.ts';

/**
 * What the API knows of the key that the edge sends with each request: its SHA-256, so that no secret is in a template or an
 * environment variable. Several at a time, the new one first, let the key be changed without a moment of distrust.
 */
export class EdgeKey extends Construct {
  readonly hashes: string;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const parameter = new CfnParameter(this, 'Hashes', {
      description:
        'SHA-256 in hex of the keys that the edge may send, separated by commas; empty trusts none',
      default: '',
      allowedPattern: `([0-9a-f]{64}(,[0-9a-f]{64}){0,${MOST_EDGE_KEYS - 1}})?`,
    });
    parameter.overrideLogicalId(EDGE_KEY_HASHES);
    this.hashes = parameter.valueAsString;
  }
}
