/** A `[log_target:x]` as a list says it, small enough for tests to fill its buffer. */
import type { LogTargetSettings } from "../../src/core/log-target.ts";

export const logTargetSettings = (more: Partial<LogTargetSettings> = {}): LogTargetSettings => ({
  name: "loki",
  type: "loki",
  url: "http://loki:3100/loki/api/v1/push",
  programs: [],
  streams: ["stdout", "stderr"],
  labels: {},
  headers: {},
  login: null,
  caFile: null,
  batchBytes: 1024,
  batchWaitMs: 1000,
  bufferBytes: 1024 * 1024,
  timeoutMs: 1000,
  compress: true,
  ...more,
});
