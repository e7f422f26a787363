import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { configOf } from '../../lib/environments.ts';
import { synthesise } from '../../lib/synthesise.ts';
import { all, at } from './checklist/deployed.ts';
import { resourcesOf, target } from './template.ts';

const INGRESS = 'AWS::EC2::SecurityGroupIngress';
const templateOf = (operatorAccess: boolean) =>
  resourcesOf(synthesise('dev', { config: { ...configOf('dev'), operatorAccess } }));

describe('a way for operators to the database', () => {
  const resources = templateOf(true);
  const ingress = all(resources, INGRESS).map(({ resource }) => ({
    into: target.parse(at(resource, 'Properties.GroupId')),
    from: target.parse(at(resource, 'Properties.SourceSecurityGroupId')),
  }));
  const [host] = all(resources, 'AWS::EC2::Instance');
  const groups = z.array(target).parse(at(host?.resource, 'Properties.NetworkInterfaces.0.GroupSet'));

  it('is a host that nothing can open a connection to', () => {
    expect(groups).toHaveLength(1);
    expect(ingress.filter(({ into }) => groups.includes(into))).toEqual([]);
    expect(at(host?.resource, 'Properties.NetworkInterfaces.0.AssociatePublicIpAddress')).toBe(false);
    expect(all(resources, 'AWS::EC2::InternetGateway')).toEqual([]);
  });

  it('is the only one to the database beside that of the functions', () => {
    const toDatabase = ingress.filter(({ into }) => into.startsWith('DatabaseGroup'));
    expect(toDatabase.map(({ from }) => from).sort()).toEqual(
      [...groups, ingress.find(({ from }) => from.startsWith('NetworkFunctions'))?.from].sort(),
    );
  });

  it('comes with a policy for the owner’s login and this host’s ports, and nothing else', () => {
    const [policy] = all(resources, 'AWS::IAM::ManagedPolicy');
    const statements = z
      .array(z.object({ Action: z.string(), Resource: z.unknown() }))
      .parse(at(policy?.resource, 'Properties.PolicyDocument.Statement'));
    expect(statements.map(({ Action }) => Action)).toEqual(['ssm:StartSession', 'rds-db:connect']);
    expect(JSON.stringify(statements[0])).toContain(`{"Ref":"${host?.id}"}`);
    expect(JSON.stringify(statements[1])).toMatch(/dbuser:.*\/onevault"/);
  });

  it('is not there unless asked for', () => {
    const without = templateOf(false);
    expect(all(without, 'AWS::EC2::Instance')).toEqual([]);
    expect(all(without, 'AWS::IAM::ManagedPolicy')).toEqual([]);
  });
});
