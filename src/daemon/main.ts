/**
 * From a command line to a running daemon and its exit status. The composition of the parts is in
 * `run.ts`; this file decides what to run and how often.
 */
import { hostname, tmpdir } from "node:os";
import { dirname } from "node:path";
import { isatty } from "node:tty";
import { type DaemonFlags, parseDaemonFlags } from "../config/flags.ts";
import { loadConfig } from "../config/load.ts";
import { Scales } from "../config/scales.ts";
import { findConfigFile, noConfigFileMessage } from "../config/search.ts";
import type { Config } from "../core/program.ts";
import { withoutValues } from "../core/redaction.ts";
import { compatibleVersion, version } from "../core/version.ts";
import * as accounts from "../system/accounts.ts";
import { calledAs, fromLauncher, restoreEnvironment, withoutOurs } from "../system/called.ts";
import { keepToOurselves } from "../system/inherited.ts";
import { childDescriptorLimit, takeAllDescriptors } from "../system/limits.ts";
import { giveRunFolder, makeRunFolder } from "../system/run-folder.ts";
import { settleInBackground, startInBackground, takeMarker } from "./background.ts";
import { Feed } from "./feed.ts";
import { Lifetime } from "./lifetime.ts";
import { LogTargets } from "./log-targets.ts";
import { dropPrivileges, raiseLimitsOrFail } from "./privileges.ts";
import { run } from "./run.ts";
import type { Signals } from "./signals.ts";
import { StartError } from "./start-error.ts";

/** Bad usage, a bad program list, or a start that cannot succeed; the reference's status. */
const usageStatus = 2;
const errorDescriptor = 2;

/** Resolves with the exit status when the daemon has ended. Never rejects. */
export async function main(argv: readonly string[], signals: Signals): Promise<number> {
  const parsed = parseDaemonFlags(argv, calledAs("spaced"));
  switch (parsed.type) {
    case "help":
      process.stdout.write(parsed.text);
      return 0;
    case "version":
      // Scripts that know the reference by its name know its versions, too.
      process.stdout.write(`${calledAs("spaced") === "supervisord" ? compatibleVersion : version}\n`);
      return 0;
    case "error":
      return complain(parsed.message);
    case "run":
      return supervise(parsed.flags, signals);
  }
}

async function supervise(flags: DaemonFlags, signals: Signals): Promise<number> {
  restoreEnvironment();
  const background = takeMarker();
  const { [fromLauncher.path]: launcher, [fromLauncher.softFiles]: launchedWith } = process.env;
  const environment = withoutOurs(ourEnvironment());
  const [programs, here] = [dirname(launcher ?? process.argv[1] ?? "."), process.cwd()];
  // A container's main program needs no list.
  const empty = flags.command === null ? null : "/dev/null";
  const file = flags.configuration ?? findConfigFile(programs, here) ?? empty;
  if (file === null) return complain(noConfigFileMessage(programs));
  let made: string | null | undefined;
  const runFolder = () => {
    made ??= makeRunFolder();
    return made;
  };
  const scales = new Scales();
  const context = { env: environment, cwd: here, accounts, hostName: hostname(), tempDir: tmpdir(), runFolder, scales };
  /** `told` is what may be told of a mistake: everything to who starts the daemon, no values to who asks it to read again. */
  const read = async (told: (complaint: string) => string): Promise<Config> => {
    const loaded = await loadConfig(file, flags, context);
    if (loaded.ok) return loaded.config;
    const complaints = loaded.complaints.map((each) => ({ ...each, message: told(each.message) }));
    throw new StartError(told(loaded.message), complaints);
  };
  try {
    let config = await read((complaint) => complaint);
    if (!config.daemon.nodaemon && !background) return await startInBackground();
    const softFiles = launchedWith ?? String(takeAllDescriptors());
    keepToOurselves();
    if (made != null && config.daemon.uid !== null) giveRunFolder(made, config.daemon.uid);
    const lifetime = new Lifetime(Date.now());
    const feed = new Feed(process.pid, Date.now);
    const logTargets = new LogTargets();
    for (let first = true; ; first = false) {
      const { daemon } = config;
      const notes = dropPrivileges(daemon);
      if (first) notes.push(...raiseLimitsOrFail(daemon, softFiles));
      const outcome = await run(config, {
        signals,
        load: () => reread(lifetime, feed, () => read(withoutValues)),
        scales,
        lifetime,
        feed,
        logTargets,
        notes,
        environment,
        softFiles: childDescriptorLimit(softFiles, daemon.minFds),
        settle: first && background ? (log) => settleInBackground(daemon.directory, daemon.umask, log) : null,
        echo: !background,
      });
      if (outcome.next === null) return outcome.code;
      config = outcome.next;
    }
  } catch (error) {
    if (error instanceof StartError) {
      const code = complain(error.message);
      // For people; where nobody looks on, standard error is the reference's.
      if (error.complaints.length > 0 && isatty(errorDescriptor))
        process.stderr.write(`(spacectl check ${file} shows every mistake, with its line)\n`);
      return code;
    }
    process.stderr.write(`Error: internal error: ${(error as Error).stack}\n`);
    return 1;
  }
}

async function reread(lifetime: Lifetime, feed: Feed, read: () => Promise<Config>): Promise<Config> {
  try {
    const config = await lifetime.reload(read, Date.now);
    feed.tell({ type: "config", what: "read" });
    return config;
  } catch (error) {
    feed.tell({ type: "config", what: "refused", why: (error as Error).message });
    throw error;
  }
}

/** Every variable has a value here; the type of `process.env` only says that one may be asked for in vain. */
const ourEnvironment = () => process.env as Record<string, string>;

/** In the reference's form, on stderr. */
function complain(message: string): number {
  process.stderr.write(`Error: ${message}\nFor help, use ${calledAs("spaced")} -h\n`);
  return usageStatus;
}
