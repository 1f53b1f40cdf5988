/**
 * `spaced.usage`: what programs use, for our own control program, metrics and screens. However many ask, the daemon
 * looks once a second. Fields may be added.
 */
import type { XmlRpcStruct } from "../protocol/xmlrpc.ts";
import type { Usage } from "./daemon.ts";
import { type Operation, operation } from "./operation.ts";

/** Bytes to reserve for the struct of one process. */
const USAGE_BYTES = 512;

export const usageOperations: readonly Operation[] = [
  operation({
    name: "spaced.usage",
    parameters: [],
    returns: "array",
    reads: true,
    help: "Tells what each running process uses, with all that is below it and all that it has left behind.",
    run: async ({ daemon, reply }) => {
      const used = await daemon.usage();
      reply.reserve(used.length * USAGE_BYTES);
      return used.map(({ group, name, ...usage }) => ({ group, name, ...usageStruct(usage) }));
    },
  }),
];

export const usageStruct = ({ memoryBytes, cpuPercent, cpuMs, processes }: Usage): XmlRpcStruct => ({
  memoryKb: inKilobytes(memoryBytes),
  cpuPercent: inTenths(cpuPercent),
  cpuSeconds: Math.round(cpuMs / 1000),
  processes,
});

/** An integer of XML-RPC ends at 2 GiB. */
export const inKilobytes = (bytes: number): number => Math.round(bytes / 1024);

export const inTenths = (percent: number): number => Math.round(percent * 10) / 10;
