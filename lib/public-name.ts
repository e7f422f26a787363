import { Certificate, CertificateValidation } from 'aws-cdk-lib/aws-certificatemanager';
import {
  AaaaRecord,
  ARecord,
  HostedZone,
  type IAliasRecordTarget,
  RecordTarget,
} from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import type { EnvironmentConfig } from './config.ts';

export interface PublicNameProps {
  readonly domain: NonNullable<EnvironmentConfig['domain']>;
}

/** A name of the installation's own: its certificate, which the zone itself proves, and its records. */
export class PublicName extends Construct {
  readonly certificate: Certificate;
  private readonly zone;
  private readonly recordName: string;

  constructor(scope: Construct, id: string, { domain }: PublicNameProps) {
    super(scope, id);
    this.zone = HostedZone.fromHostedZoneAttributes(this, 'Zone', {
      hostedZoneId: domain.hostedZoneId,
      zoneName: domain.hostedZoneName,
    });
    this.recordName = `${domain.name}.`;
    this.certificate = new Certificate(this, 'Certificate', {
      domainName: domain.name,
      validation: CertificateValidation.fromDns(this.zone),
    });
  }

  pointAt(alias: IAliasRecordTarget): void {
    const target = RecordTarget.fromAlias(alias);
    const record = { zone: this.zone, recordName: this.recordName, target };
    new ARecord(this, 'Ipv4', record);
    new AaaaRecord(this, 'Ipv6', record);
  }
}
