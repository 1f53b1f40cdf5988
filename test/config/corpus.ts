/** Program lists for the differential test: one small file per rule or surprise of the dialect. */
import { type ConfigCase, cat, main } from "./corpus/case.ts";
import { flags, grammar } from "./corpus/grammar.ts";
import { includes } from "./corpus/includes.ts";
import { ownKeys } from "./corpus/own-keys.ts";
import { sections } from "./corpus/sections.ts";
import { daemonKeys, environments, formats, programKeys, trickyValues } from "./corpus/values.ts";

const key = (line: string) => main(`program key ${JSON.stringify(line)}`, `${cat}${line}\n`);
const daemonKey = (line: string) => main(`supervisord key ${JSON.stringify(line)}`, `[supervisord]\n${line}\n${cat}`);
const environment = (value: string) => main(`environment ${JSON.stringify(value)}`, `${cat}environment=${value}\n`);
const section = (text: string) => main(`section ${JSON.stringify(text)}`, text);

export const corpus: readonly ConfigCase[] = [
  ...grammar,
  ...sections.map(section),
  ...includes,
  ...flags,
  ...ownKeys,
  ...environments.map(environment),
  ...formats.map((format) =>
    main(
      `format ${format}`,
      `[program:p]\ncommand=${format}\nnumprocs=2\nprocess_name=x%(process_num)s\nnumprocs_start=64\n`,
    ),
  ),
  ...formats.map((format) => main(`format of the daemon ${format}`, `[supervisord]\nidentifier=${format}\n`)),
  ...programKeys.flatMap((name) => trickyValues.map((value) => key(`${name}=${value}`))),
  ...daemonKeys.flatMap((name) => trickyValues.map((value) => daemonKey(`${name}=${value}`))),
];
