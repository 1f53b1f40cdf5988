/** Operations on the daemon itself: who it is, how it is, ending it, and events from outside. */
import { daemonStates } from "../core/states.ts";
import { compatibleVersion } from "../core/version.ts";
import { anyText, type Operation, operation } from "./operation.ts";

/** Of the interface, which clients check before anything else. */
const API_VERSION = "3.0";

export const daemonOperations: readonly Operation[] = [
  operation({
    name: "supervisor.getAPIVersion",
    aliases: ["supervisor.getVersion"],
    parameters: [],
    returns: "string",
    reads: true,
    help: "Tells the version of this interface.",
    run: () => API_VERSION,
  }),
  operation({
    name: "supervisor.getSupervisorVersion",
    parameters: [],
    returns: "string",
    reads: true,
    help: "Tells the release of supervisor that the daemon behaves like.",
    run: () => compatibleVersion,
  }),
  operation({
    name: "supervisor.getIdentification",
    parameters: [],
    returns: "string",
    reads: true,
    help: "Tells the identifier that the daemon was given.",
    run: ({ daemon }) => daemon.identifier,
  }),
  operation({
    name: "supervisor.getState",
    parameters: [],
    returns: "struct",
    reads: true,
    help: "Tells the state of the daemon, as statecode and statename.",
    run: ({ daemon }) => {
      const state = daemon.state();
      return { statecode: daemonStates[state], statename: state };
    },
  }),
  operation({
    name: "supervisor.getPID",
    parameters: [],
    returns: "int",
    reads: true,
    help: "Tells the process id of the daemon.",
    run: ({ daemon }) => daemon.pid,
  }),
  operation({
    name: "supervisor.shutdown",
    parameters: [],
    returns: "boolean",
    help: "Stops all processes and ends the daemon.",
    run: ({ daemon }) => {
      daemon.shutdown();
      return true;
    },
  }),
  operation({
    name: "supervisor.restart",
    parameters: [],
    returns: "boolean",
    help: "Stops all processes, reads the configuration again and starts anew.",
    run: async ({ daemon }) => {
      await daemon.restart();
      return true;
    },
  }),
  operation({
    name: "supervisor.sendRemoteCommEvent",
    parameters: [anyText("type", "goes into the event as its type"), anyText("data", "the body of the event")],
    returns: "boolean",
    always: true,
    help: "Publishes a REMOTE_COMMUNICATION event to the listeners that subscribe to it.",
    run: ({ daemon }, type, data) => {
      daemon.sendRemoteEvent(type, data);
      return true;
    },
  }),
];
