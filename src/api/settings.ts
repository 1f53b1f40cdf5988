/** `spaced.settings`: what the program list says of one process, key by key, and where. */
import { Fault } from "../core/faults.ts";
import { findProcess } from "./names.ts";
import { type Operation, operation, text } from "./operation.ts";
import { given } from "./report.ts";

/** Bytes to reserve beside the values themselves: every key there is, with long paths. */
const SETTING_BYTES = 1024;

export const settingOperations: readonly Operation[] = [
  operation({
    name: "spaced.settings",
    parameters: [text("name", "a process: `name` or `group:name`")],
    returns: "array",
    reads: true,
    help: "Tells every key that the program list sets for a process, its value as it is in force, and file and line.",
    run: ({ daemon, reply }, name) => {
      const settings = daemon.listed(findProcess(daemon, name));
      if (settings === null) throw new Fault("BAD_NAME", name);
      reply.reserve(settings.reduce((sum, { value }) => sum + SETTING_BYTES + value.length * 2, 0));
      return settings.map(({ section, key, yaml, value, source, line }) => ({
        section,
        key,
        value,
        source,
        ...given({ line, yaml }),
      }));
    },
  }),
];
