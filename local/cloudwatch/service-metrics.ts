import type { MetricReference } from './dashboard-body.ts';

/** What stands for the one API, and the one cluster, of this machine. */
export const LOCAL_API = 'local';
export const LOCAL_CLUSTER = 'local';

type LambdaMetric = 'Invocations' | 'Errors' | 'Throttles' | 'Duration' | 'ConcurrentExecutions';
type QueueMetric =
  | 'ApproximateNumberOfMessagesVisible'
  | 'ApproximateNumberOfMessagesNotVisible'
  | 'ApproximateAgeOfOldestMessage'
  | 'NumberOfMessagesSent'
  | 'NumberOfMessagesReceived'
  | 'NumberOfMessagesDeleted'
  | 'NumberOfEmptyReceives';
type ApiMetric = 'Count' | '4xx' | '5xx' | 'Latency' | 'IntegrationLatency';
type ClusterMetric = 'Deadlocks' | 'VolumeBytesUsed';
type WriterMetric = 'DatabaseConnections' | 'CPUUtilization' | 'CommitThroughput';

// Names and dimensions as AWS's services report them.
export const lambdaMetric = (name: LambdaMetric, functionName: string): MetricReference => ({
  namespace: 'AWS/Lambda',
  name,
  dimensions: { FunctionName: functionName },
});
export const queueMetric = (name: QueueMetric, queueName: string): MetricReference => ({
  namespace: 'AWS/SQS',
  name,
  dimensions: { QueueName: queueName },
});
export const apiMetric = (name: ApiMetric): MetricReference => ({
  namespace: 'AWS/ApiGateway',
  name,
  dimensions: { ApiId: LOCAL_API },
});
export const clusterMetric = (name: ClusterMetric): MetricReference => ({
  namespace: 'AWS/RDS',
  name,
  dimensions: { DBClusterIdentifier: LOCAL_CLUSTER },
});
export const writerMetric = (name: WriterMetric): MetricReference => ({
  namespace: 'AWS/RDS',
  name,
  dimensions: { DBClusterIdentifier: LOCAL_CLUSTER, Role: 'WRITER' },
});
