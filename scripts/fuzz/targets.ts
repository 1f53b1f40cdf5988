/** Everything that is fuzzed, by the name that `--only` takes. */
import type { Target } from "./target.ts";
import { envFiles } from "./targets/env-files.ts";
import { http } from "./targets/http.ts";
import { ini, yaml } from "./targets/lists.ts";
import { elf, query, shown, streams, typed } from "./targets/lookers.ts";
import { ansi, captured, lines, listener, response } from "./targets/streams.ts";
import { values } from "./targets/values.ts";
import { xmlrpc } from "./targets/xmlrpc.ts";

export const targets: Readonly<Record<string, Target>> = {
  ini,
  yaml,
  values,
  "env-files": envFiles,
  xmlrpc,
  http,
  listener,
  capture: captured,
  ansi,
  lines,
  response,
  query,
  streams,
  shown,
  typed,
  elf,
};
