/** The part of the options table that is for senders of logs: the keys of `[log_target:x]`. */
import { choice, choices, type Option, own } from "./option.ts";

export const logTargetOptions = {
  type: choice(
    ["loki", "ndjson"],
    "loki",
    "Loki's push API, which others take as well, or a JSON object for each line.",
    {
      example: "ndjson",
    },
  ),
  url: own("url", null, "Address that lines are sent to by POST; that of a unix socket is http://unix:/path:/path.", {
    example: "http://loki:3100/loki/api/v1/push",
  }),
  programs: own(
    "globs",
    "",
    "Programs and groups whose lines are sent, those behind a minus are not; all by default.",
    { example: "web, worker*, -worker_noisy" },
  ),
  streams: choices(["stdout", "stderr"], "Which of their streams; both by default.", { example: "stderr" }),
  labels: own(
    "environment",
    "",
    "Labels beside group, process, program and stream, or in their place; an empty one is left out.",
    { example: 'env="prod",host="%(host_node_name)s"' },
  ),
  headers: own("environment", "", "Further headers of each request.", { example: 'X-Scope-OrgID="acme"' }),
  username: own("text", null, "Name to log in with, by basic authentication."),
  password: own("text", null, "Password for that name.", { example: "%(ENV_LOKI_PASSWORD)s" }),
  password_file: own("filename", null, "File that holds it; read for each request.", {
    yaml: "password.file",
    example: "/run/secrets/loki_password",
  }),
  token: own("text", null, "Bearer token to log in with.", { example: "%(ENV_LOKI_TOKEN)s" }),
  token_file: own("filename", null, "File that holds it; read for each request.", {
    yaml: "token.file",
    example: "/run/secrets/loki_token",
  }),
  ca_file: own("filename", null, "Certificates (PEM) to trust for https instead of the well-known ones.", {
    example: "/etc/ssl/loki-ca.pem",
  }),
  batch_size: own("size", "1MB", "A request is sent when so much waits.", {
    yaml: "batch.size",
    least: 1024,
    most: 16 * 1024 * 1024,
  }),
  batch_wait: own("duration", "1s", "Or when a line has waited for so long.", {
    yaml: "batch.wait",
    least: 1,
    most: 3_600_000,
  }),
  buffer_size: own("size", "8MB", "Memory for lines that wait; when it is full, the oldest are dropped.", {
    least: 256 * 1024,
    most: 1024 * 1024 * 1024,
  }),
  timeout: own("duration", "10s", "How long a request may take in all.", { least: 100, most: 300_000 }),
  compress: own("boolean", "true", "Compress requests, as gzip does."),
} as const satisfies Record<string, Option>;
