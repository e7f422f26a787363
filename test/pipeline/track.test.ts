import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTracker } from '../../lambdas/pipeline/track.ts';
import { provisionTenant } from '../../lambdas/tenancy/provision.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { silent } from '../support/pipeline.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

it('says 202 for events that are stored, though the queue fails', async () => {
  const { tokens } = await provisionTenant(database.pool, { tenantId: 'a', siteId: 's', name: 'A' });
  const track = createTracker({
    database: database.pool,
    stagingBell: { ring: () => Promise.reject(new Error('the queue is gone')) },
    logger: silent,
  });
  const { statusCode } = await track({
    routeKey: 'POST /api/v1/track/async',
    headers: {
      authorization: `Bearer ${tokens.public}`,
      'x-customer-id': 'a',
      'content-type': 'application/json',
    },
    queryStringParameters: {},
    body: '{"event_type":"click"}',
    isBase64Encoded: false,
    requestContext: { requestId: 'r', http: { sourceIp: '192.0.2.1' } },
  });
  expect(statusCode).toBe(202);
  const { rows } = await database.pool.query('SELECT stage FROM raw.pending_requests');
  expect(rows).toEqual([{ stage: 'LANDED' }]);
});
