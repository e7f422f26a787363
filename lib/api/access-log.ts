import { AccessLogField } from 'aws-cdk-lib/aws-apigateway';

/** What is kept of each request: enough to find it and to see who made it slow, nothing of who sent it. */
export const accessLogLine = {
  requestId: AccessLogField.contextRequestId(),
  time: AccessLogField.contextRequestTimeEpoch(),
  route: '$context.routeKey',
  status: AccessLogField.contextStatus(),
  latency: AccessLogField.contextResponseLatency(),
  integrationLatency: AccessLogField.contextIntegrationLatency(),
  integrationStatus: AccessLogField.contextIntegrationStatus(),
  integrationError: AccessLogField.contextIntegrationErrorMessage(),
  error: AccessLogField.contextErrorMessage(),
  bytes: AccessLogField.contextResponseLength(),
};
