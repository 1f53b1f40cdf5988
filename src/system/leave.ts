/**
 * The last step of the daemon. exit(3) waits for the threads of the runtime, and one that asks for the address of a name
 * hangs for as long as no server of names answers: half a minute and more.
 */
import { exitNow } from "./libc.ts";

export function leave(code: number): void {
  if (process.getActiveResourcesInfo().includes("GetAddrInfoReqWrap")) exitNow(code);
  process.exit(code);
}
