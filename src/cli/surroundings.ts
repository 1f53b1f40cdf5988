/** What a program list may refer to, for commands that read one as the daemon would, and start nothing. */
import { hostname, tmpdir } from "node:os";
import type { Surroundings } from "../config/paths.ts";
import * as accounts from "../system/accounts.ts";
import { foreseeRunFolder } from "../system/run-folder.ts";

export const surroundings = (): Surroundings => ({
  env: process.env,
  cwd: process.cwd(),
  accounts,
  hostName: hostname(),
  tempDir: tmpdir(),
  runFolder: foreseeRunFolder,
});
