export { canonicalAddress } from './ip-address.js';
export { DEFAULT_LIMITS, type DecodeLimits } from './limits.js';
export {
  createLineReader,
  type LineFormat,
  type LineReader,
  type LineReaderOptions,
  type LineResult,
} from './lines/line-reader.js';
export { createNormaliser, type Normaliser, type NormaliserOptions } from './normalise/normaliser.js';
export { type AgentReport, decodeAgentMetrics, type MetricsResult } from './otlp/decode-metrics.js';
export type { DecodeResult, Rejection } from './otlp/decode-result.js';
export { decodeTraces, type OtlpEncoding } from './otlp/decode-traces.js';
export { encodeErrorStatus, encodeTraceResponse } from './otlp/encode-response.js';
export type { RawRequest } from './raw-request.js';
