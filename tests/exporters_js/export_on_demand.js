// A service as others write it: OpenTelemetry's exporters for JavaScript. For every number on standard input it makes
// that many server spans and access events, and says so once all were taken: export_on_demand.js URL TOKEN.
import { createInterface } from "node:readline";
import { setTimeout as setTimeoutPromise } from "node:timers/promises";
import { SpanKind } from "@opentelemetry/api";
import { OTLPLogExporter } from "@opentelemetry/exporter-logs-otlp-proto";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchLogRecordProcessor, LoggerProvider } from "@opentelemetry/sdk-logs";
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";

const [url, token] = process.argv.slice(2);
const EXPORT_MILLIS_MAX = 120_000;
const AGAIN_MILLIS = 500;
const POLL_MILLIS = 20;
const batches = { maxExportBatchSize: 100, scheduledDelayMillis: 100, exportTimeoutMillis: EXPORT_MILLIS_MAX, maxQueueSize: 10_000 };
const request = { "http.route": "/jobs/{id}", "http.response.status_code": 200 };

let undelivered = 0;

// The exporter gives up after five tries; a service that must not lose anything hands the batch over again.
function patient(exporter) {
  const exportOnce = exporter.export.bind(exporter);
  exporter.export = (items, done) =>
    exportOnce(items, (result) => {
      if (result.code !== 0) {
        setTimeout(() => exporter.export(items, done), AGAIN_MILLIS);
        return;
      }
      undelivered -= items.length;
      done(result);
    });
  return exporter;
}

function options(path) {
  return { url: url + path, headers: { authorization: `Bearer ${token}` }, compression: "gzip", timeoutMillis: EXPORT_MILLIS_MAX };
}

const resource = resourceFromAttributes({ "service.namespace": "labor", "service.name": "job-portal" });
const spans = new TracerProvider({
  resource,
  spanProcessors: [new BatchSpanProcessor({ exporter: patient(new OTLPTraceExporter(options("/v1/traces"))), ...batches })],
});
const logs = new LoggerProvider({
  resource,
  processors: [new BatchLogRecordProcessor({ exporter: patient(new OTLPLogExporter(options("/v1/logs"))), ...batches })],
});

for await (const line of createInterface({ input: process.stdin })) {
  for (let number = 0; number < Number(line); number++) {
    const end = Date.now();
    spans.getTracer("service").startSpan("GET /jobs/{id}", { kind: SpanKind.SERVER, attributes: request, startTime: end - 80 }).end(end);
    logs.getLogger("service").emit({ timestamp: end, attributes: request });
  }
  undelivered += 2 * Number(line);
  while (undelivered > 0) {
    await setTimeoutPromise(POLL_MILLIS);
  }
  console.log(`delivered ${line}`);
}
