import { RemovalPolicy } from 'aws-cdk-lib';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import type { EnvironmentConfig } from './config.ts';
import type { Encryption } from './encryption.ts';

export interface LogGroupProps {
  readonly config: Pick<EnvironmentConfig, 'logRetentionDays'>;
  readonly encryption: Encryption;
}

/** A log group that forgets after the days of the configuration, and goes with its stack. */
export class BoundedLogGroup extends LogGroup {
  constructor(scope: Construct, id: string, { config, encryption: { key } }: LogGroupProps) {
    super(scope, id, {
      retention: config.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
      ...(key !== undefined && { encryptionKey: key }),
    });
    acknowledge(this, {
      'cdk-validator-cfnguard::cloudwatch_log_group_retention_period_check':
        'Logs serve operations and are forgotten by the configuration; what must be kept for audits is in auth.audit_log.',
      ...(key === undefined && {
        'cdk-validator-cfnguard::cloudwatch_log_group_encrypted_check':
          'Encrypted with a key of AWS; the configuration asks for none of the account (customerManagedKey).',
      }),
    });
  }
}
