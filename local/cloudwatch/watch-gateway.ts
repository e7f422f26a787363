import type { Server, ServerResponse } from 'node:http';
import type { Recorder } from './recorder.ts';
import { apiMetric } from './service-metrics.ts';

/** Records what API Gateway reports of an HTTP API: every request, and a zero for what it was not. */
export function watchGateway(server: Server, recorder: Recorder): void {
  server.prependListener('request', (_, response: ServerResponse) => {
    const begun = performance.now();
    response.once('finish', () => {
      const status = Math.floor(response.statusCode / 100);
      recorder.record(apiMetric('Count'), 1);
      recorder.record(apiMetric('4xx'), status === 4 ? 1 : 0);
      recorder.record(apiMetric('5xx'), status === 5 ? 1 : 0);
      recorder.record(apiMetric('Latency'), Math.round(performance.now() - begun));
    });
  });
}
