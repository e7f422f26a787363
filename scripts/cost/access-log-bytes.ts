import { accessLogLine } from '../../lib/api/access-log.ts';
import { assumed } from './measured.ts';

/** What API Gateway puts in for each field, as long as it gets for a request that was stored; absent values are a dash. */
const typical: Readonly<Record<keyof typeof accessLogLine, string>> = {
  requestId: 'JKJaXmPLvHcESHA=',
  time: '1763744400123',
  route: 'POST /api/v1/track/batch',
  status: '202',
  latency: '123',
  integrationLatency: '121',
  integrationStatus: '200',
  integrationError: '-',
  error: '-',
  bytes: '1234',
};

/** Bytes that a line of the access log is charged for. */
export const accessLogBytes =
  Buffer.byteLength(JSON.stringify({ ...accessLogLine, ...typical })) + assumed.logLineOverhead;
