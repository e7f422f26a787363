import { describeApi } from '../../lambdas/description/openapi.ts';
import { operations } from '../../lambdas/description/operations.ts';
import { Contract } from './contract.ts';

/** The description as the service gives it to clients. */
export const description = JSON.stringify(describeApi(operations));

export const contract = new Contract(JSON.parse(description));
