import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import { Construct } from 'constructs';
import type { EnvironmentConfig } from './config.ts';

/** Per cent of the budget: when nearly all is spent, and when the month is going to need more than all. */
const THRESHOLDS = [
  ['ACTUAL', 80],
  ['FORECASTED', 100],
] as const;

export interface BudgetProps {
  readonly config: EnvironmentConfig;
  readonly environment: string;
}

/** What the environment may cost a month, by its tag, which has to be activated once for the account's bills. */
export class Budget extends Construct {
  constructor(scope: Construct, id: string, { config, environment }: BudgetProps) {
    super(scope, id);
    const { monthlyUsd, notify } = config.budget;
    const subscribers = notify.map((address) => ({ subscriptionType: 'EMAIL', address }));
    new CfnBudget(this, 'Monthly', {
      budget: {
        budgetType: 'COST',
        timeUnit: 'MONTHLY',
        budgetLimit: { amount: monthlyUsd, unit: 'USD' },
        costFilters: { TagKeyValue: [`user:environment$${environment}`] },
      },
      // AWS refuses a notification for nobody; the budget itself is still shown in the console.
      ...(subscribers.length > 0 && {
        notificationsWithSubscribers: THRESHOLDS.map(([notificationType, threshold]) => ({
          notification: {
            notificationType,
            threshold,
            thresholdType: 'PERCENTAGE',
            comparisonOperator: 'GREATER_THAN',
          },
          subscribers,
        })),
      }),
    });
  }
}
