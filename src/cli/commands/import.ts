/**
 * `import FORMAT FILE`: the program list that means the same as another supervisor's file, on standard output.
 * Reads the file and what stands beside it, asks the pure functions of src/convert, prints. A file of
 * JavaScript is run only when that is allowed, in a process of its own with a deadline.
 */
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, dirname, resolve } from "node:path";
import { readSource } from "../../config/source.ts";
import { plainYaml } from "../../config/yaml.ts";
import { type Draft, ImportError } from "../../convert/draft.ts";
import { importPm2 } from "../../convert/pm2.ts";
import { importProcfile } from "../../convert/procfile.ts";
import { importSupervisord } from "../../convert/supervisord.ts";
import { importSystemd } from "../../convert/systemd.ts";
import { yamlText } from "../../convert/yaml-text.ts";
import { runCommand } from "../../system/command.ts";
import { dataMark } from "../../system/module-data.ts";
import { evaluating } from "../../system/runtime.ts";
import { type ImportArguments, parseImport } from "../arguments.ts";
import { words } from "../names.ts";
import { exitStatus, type Session } from "../session.ts";

export async function run(session: Session, argument: string): Promise<undefined> {
  // The list is what is piped into a file: nothing else may be in it.
  session.machineReadable = true;
  const parsed = parseImport(words(argument));
  if (parsed.type === "shown") session.out.write(parsed.text);
  else if (parsed.type === "refused") session.fail(parsed.text, exitStatus.invalidArguments);
  else await convert(session, parsed.value);
}

async function convert(session: Session, given: ImportArguments): Promise<void> {
  const [first = ""] = given.files;
  try {
    const draft = await draftOf(given, first);
    session.out.write(yamlText(draft));
    const count = notesOf(draft);
    if (count > 0)
      session.out.errorLine(`${count} ${count === 1 ? "comment says" : "comments say"} what is different or left out`);
  } catch (error) {
    const cause = error instanceof Error ? (error.message.split("\n", 1)[0] ?? "") : String(error);
    session.fail(`error: cannot import ${given.files.join(" ")}: ${cause}`, exitStatus.generic);
  }
}

function notesOf({ notes, single, named }: Draft): number {
  const sections = [...single.values(), ...[...named.values()].flatMap((map) => [...map.values()])];
  return sections.reduce((sum, section) => sum + section.notes.length, notes.length);
}

async function draftOf(given: ImportArguments, file: string): Promise<Draft> {
  const folder = dirname(resolve(file));
  const exists = (path: string): boolean => existsSync(resolve(folder, path));
  const facts = { processors: availableParallelism(), exists };
  switch (given.format) {
    case "pm2":
      return importPm2(await ecosystem(file, given.allowExec), given, facts);
    case "procfile": {
      const env = exists(".env") ? await textOf(resolve(folder, ".env")) : null;
      return importProcfile(await textOf(file), { ...given, env });
    }
    case "supervisord":
      return importSupervisord(await textOf(file), file);
    case "systemd": {
      const units = await Promise.all(
        given.files.map(async (path) => ({ name: basename(path), text: await textOf(path) })),
      );
      return importSystemd(units, given.instances, exists);
    }
  }
}

async function textOf(file: string): Promise<string> {
  const source = await readSource(file);
  if (!source.ok) throw new ImportError(source.message);
  return source.text;
}

async function ecosystem(file: string, allowExec: boolean): Promise<unknown> {
  if (!/\.[cm]?js$/.test(file)) return plainYaml(await textOf(file));
  if (!allowExec) throw new ImportError("it is JavaScript, which is run only with --allow-exec");
  await textOf(file);
  return await evaluated(resolve(file));
}

const evaluationMs = 10_000;
const longestOutput = 4 * 1024 * 1024;
/** What a module exports, as data. */
async function evaluated(script: string): Promise<unknown> {
  const environment = Object.entries(process.env).filter((each): each is [string, string] => each[1] !== undefined);
  const { file, argv } = evaluating(script);
  const result = await runCommand({
    words: argv,
    file,
    environment: Object.fromEntries(environment),
    directory: dirname(script),
    user: null,
    timeoutMs: evaluationMs,
    maxOutputBytes: longestOutput,
    signal: new AbortController().signal,
  });
  if (result.outcome === "timedOut") throw new ImportError(`it has not ended after ${evaluationMs / 1000} s`);
  const at = result.output.lastIndexOf(dataMark);
  if (result.outcome !== "passed") throw new ImportError(result.output.trim().split("\n").at(-1) || "it has failed");
  if (at < 0) throw new ImportError(`it prints more than ${longestOutput / 1024 ** 2} MB`);
  return JSON.parse(result.output.slice(at + dataMark.length));
}
