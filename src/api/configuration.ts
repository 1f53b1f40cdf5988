/** Operations on the program list: read it again, add and remove groups, tell what it says. */

import { Fault } from "../core/faults.ts";
import type { ChannelSettings } from "../core/program.ts";
import type { XmlRpcStruct } from "../protocol/xmlrpc.ts";
import type { Channel, ConfiguredProcess, ProcessInfo } from "./daemon.ts";
import { groupName, integer, type Operation, operation, text } from "./operation.ts";
import { named } from "./processes.ts";

/** Bytes to reserve for the struct of one process. */
const CONFIG_BYTES = 2048;

const listedGroup = groupName("name", "a group of the program list");

export const configurationOperations: readonly Operation[] = [
  operation({
    name: "supervisor.reloadConfig",
    parameters: [],
    returns: "array",
    help: "Reads the program list again without applying it: one array of the groups added, changed and removed.",
    run: async ({ daemon }) => {
      const { added, changed, removed } = await daemon.reread();
      return [[added, changed, removed]];
    },
  }),
  operation({
    name: "supervisor.addProcessGroup",
    parameters: [listedGroup],
    returns: "boolean",
    help: "Makes a group of the program list active and starts what is to start by itself.",
    run: async ({ daemon }, name) => {
      await named(name, ["BAD_NAME", "ALREADY_ADDED"], async () => daemon.addGroup(name));
      return true;
    },
  }),
  operation({
    name: "supervisor.removeProcessGroup",
    parameters: [listedGroup],
    returns: "boolean",
    help: "Takes a group whose processes have all ended out of the active ones.",
    run: async ({ daemon }, name) => {
      await named(name, ["BAD_NAME", "STILL_RUNNING"], async () => daemon.removeGroup(name));
      return true;
    },
  }),
  operation({
    name: "spaced.updateGroup",
    parameters: [listedGroup],
    returns: "boolean",
    help: "Brings an active group to the program list as last read, touching only processes that have changed.",
    run: async ({ daemon }, name) => {
      await named(name, ["BAD_NAME", "FAILED"], async () => daemon.updateGroup(name));
      return true;
    },
  }),
  operation({
    name: "spaced.scale",
    parameters: [
      text("name", "a program: the name of its section"),
      integer("copies", "how many processes, at least 1"),
    ],
    returns: "boolean",
    help: "Gives a program another number of processes than the program list says, until that is edited or the daemon ends.",
    run: async ({ daemon }, name, copies) => {
      if (copies < 1) throw new Fault("INCORRECT_PARAMETERS");
      await named(name, ["BAD_NAME", "FAILED"], () => daemon.scale(name, copies));
      return true;
    },
  }),
  operation({
    name: "supervisor.getAllConfigInfo",
    parameters: [],
    returns: "array",
    reads: true,
    help: "Tells the settings of every process of the program list, active or not, sorted by name.",
    run: ({ daemon, reply }) => {
      const all = daemon.configured();
      reply.reserve(all.length * CONFIG_BYTES);
      return all.map((one) =>
        configStruct(one, one.isAsActive ? daemon.process({ group: one.group.name, name: one.process.name }) : null),
      );
    },
  }),
];

/** Members of supervisor 4.2.5, in its order; what is not set is the text `none`. */
function configStruct({ group, process, inUse }: ConfiguredProcess, info: ProcessInfo | null): XmlRpcStruct {
  return {
    autostart: process.autostart,
    directory: process.directory ?? "none",
    uid: process.uid ?? "none",
    command: process.command,
    exitcodes: process.exitCodes,
    group: group.name,
    group_prio: group.priority,
    inuse: inUse,
    killasgroup: process.killAsGroup,
    name: process.name,
    process_prio: process.priority,
    redirect_stderr: process.redirectStderr,
    startretries: process.startRetries,
    startsecs: process.startSeconds,
    ...channelMembers("stdout", process.stdout, info?.stdoutLogfile),
    stopsignal: process.stopSignal,
    stopwaitsecs: process.stopWaitSeconds,
    ...channelMembers("stderr", process.stderr, info?.stderrLogfile),
    serverurl: process.serverUrl ?? "none",
  };
}

/** The path of an automatic log is known once the process is active, until the program list is read again. */
function channelMembers(channel: Channel, settings: ChannelSettings, activePath: string | undefined): XmlRpcStruct {
  const { log } = settings;
  return {
    [`${channel}_capture_maxbytes`]: settings.captureMaxBytes,
    [`${channel}_events_enabled`]: settings.eventsEnabled,
    [`${channel}_logfile`]: log.type === "file" ? log.path : log.type === "none" ? "none" : activePath || "auto",
    [`${channel}_logfile_backups`]: settings.backups,
    [`${channel}_logfile_maxbytes`]: settings.maxBytes,
    [`${channel}_syslog`]: settings.syslog,
  };
}
