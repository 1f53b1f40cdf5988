/** Our own keys, which the reference passes over: with them a list means to it what it means without. */
import { careOptions } from "../../../src/config/care-options.ts";
import type { Option } from "../../../src/config/option.ts";
import { type ConfigCase, cat, main } from "./case.ts";

const others = `[program:db]\ncommand=/bin/cat\nready_log=up\n[program:migrate]\ncommand=/bin/cat\ntype=oneshot\n`;

export const ownKeys: readonly ConfigCase[] = [
  ...Object.entries(careOptions as Readonly<Record<string, Option>>).map(([key, { example = "" }]) =>
    main(`own key ${key}`, `${cat}${key}=${example}\n${others}`),
  ),
  main("own key for the daemon", `[supervisord]\nshutdown_timeout=25s\nexit_code_from=p\nwatch_config=true\n${cat}`),
];
