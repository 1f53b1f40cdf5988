/** A main log in a file, as plain as it can be. */
import { type MainLog, type MainLogOptions, openMainLog } from "../../src/system/main-log.ts";

export const mainLogIn = (logfile: string, options: Partial<MainLogOptions> = {}): Promise<MainLog> =>
  openMainLog({ logfile, maxBytes: 0, backups: 0, level: "info", format: "text", echo: false, ...options });
