/**
 * Program lists, in ini and in YAML: whatever the file says, reading it ends in a configuration or in
 * complaints that stand within the file; it ends the same each time; line ends do not matter; and a list
 * that is right in ini is right in YAML and means the same.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkFile } from "../../../src/config/check.ts";
import { type Complaint, Complaints } from "../../../src/config/complaint.ts";
import { readControlSettings } from "../../../src/config/control.ts";
import { type Document, emptyDocument } from "../../../src/config/document.ts";
import { noFlags } from "../../../src/config/flags.ts";
import { readIni } from "../../../src/config/ini.ts";
import { type Loaded, loadConfig } from "../../../src/config/load.ts";
import { machine } from "../../../test/config/machine.ts";
import { mutate } from "../mutate.ts";
import { grammarList, iniLists, listWords, yamlLists } from "../program-lists.ts";
import type { Random } from "../random.ts";
import { demand, demandEqual, type Input, type Target } from "../target.ts";
import { asYaml } from "../yaml-form.ts";

const variables = { HOME: "/root", WORD: "word", NUM: "7" };

/** A folder with a few files to include; deep, so that `..` stays inside. */
class Folder {
  readonly #root = mkdtempSync(join(tmpdir(), "spaced-fuzz-"));
  readonly path = join(this.#root, "a/b/c");
  readonly #included: ReadonlyMap<string, string>;

  constructor(included: ReadonlyMap<string, string>) {
    this.#included = included;
    mkdirSync(join(this.path, "inc"), { recursive: true });
    for (const [name, text] of included) writeFileSync(join(this.path, name), text);
  }

  write(name: string, text: string | Uint8Array): string {
    writeFileSync(join(this.path, name), text);
    return name;
  }

  load(name: string): Promise<Loaded> {
    return loadConfig(name, noFlags, machine(this.path, variables));
  }

  /** Lines of a file that a complaint can be about; null = any file the list has named. */
  textOf(name: string): string | null {
    const own = [...this.#included].find(([included]) => name === join(this.path, included));
    return own?.[1] ?? null;
  }

  remove(): void {
    rmSync(this.#root, { recursive: true, force: true });
  }
}

const included = new Map([
  ["inc/a.conf", "[program:a]\ncommand=/bin/cat\n"],
  ["inc/b.conf", "[program:b]\nstartsecs=x\n"],
  [`inc/${"a".repeat(60)}.conf`, "[program:c]\ncommand=%(here)s/c\n"],
]);

function listTarget(
  name: string,
  generate: (random: Random) => string,
  more: (folder: Folder, text: string, turn: number, loaded: Loaded) => Promise<void>,
): Target {
  let folder: Folder | null = null;
  return {
    deadlineMs: 3000,
    parallel: 1,
    generate: (random) => ({ text: inside(generate(random)), turn: random.next() }),
    check: async ({ text, turn }: Input) => {
      folder ??= new Folder(included);
      // Now and then the bytes are no UTF-8.
      const bytes = turn % 10 === 0 ? Buffer.from(text, "latin1") : Buffer.from(text);
      folder.write(name, bytes);
      const loaded = await folder.load(name);
      checkOutcome(loaded, folder, name, bytes.toString());
      if (turn % 4 === 0) await checkAgain(folder, name, loaded);
      if (turn % 8 === 1) await checkOthers(folder, name);
      await more(folder, bytes.toString(), turn, loaded);
    },
    end: async () => folder?.remove(),
  };
}

/** Patterns that leave the folder would read the machine's files. */
const inside = (text: string): string => text.replace(/(^|[\s"'=:[,])[/~]+(?=[^\s]*[*?[])/g, "$1");

function checkOutcome(loaded: Loaded, folder: Folder, name: string, text: string): void {
  if (loaded.ok) {
    const processes = loaded.config.groups.flatMap((group) => group.processes);
    demand(processes.length <= 100_000, `${processes.length} processes`);
  } else {
    demand(!loaded.message.startsWith("cannot load"), loaded.message);
    demand(loaded.message !== "", "a refusal without a message");
    demand(
      loaded.complaints.some(({ severity }) => severity === "error"),
      "a refusal without an error",
    );
  }
  const own = loaded.complaints.filter(({ file }) => file === name);
  checkPlaces(own, text);
  for (const complaint of loaded.complaints) {
    const of = folder.textOf(complaint.file);
    if (of !== null) checkPlaces([complaint], of);
  }
}

function checkPlaces(complaints: readonly Complaint[], text: string): void {
  const lines = text.split(/\r\n?|\n/);
  for (const complaint of complaints) checkPlace(complaint, lines, text.includes("%(here)s"));
}

function checkPlace(complaint: Complaint, lines: readonly string[], moved: boolean): void {
  const { line, column, length, message } = complaint;
  const shown = `${line}:${column}+${length} ${message.slice(0, 200)}`;
  demand(message !== "" && Number.isInteger(line) && Number.isInteger(column), `no place: ${shown}`);
  demand(line >= 1 && line <= lines.length, `a complaint below the ${lines.length} lines of the file: ${shown}`);
  // A path has taken its place by then.
  if (moved) return;
  const width = (lines[line - 1] ?? "").length;
  demand(column >= 1 && column <= width + 1, `a complaint beside its line of ${width}: ${shown}`);
  demand(length >= 1 && length <= width + 1, `a complaint longer than its line of ${width}: ${shown}`);
}

/** How deep is too deep depends on how much of the stack is in use. */
async function checkAgain(folder: Folder, name: string, loaded: Loaded): Promise<void> {
  if (loaded.complaints.some(({ message }) => message.includes("nested too deeply"))) return;
  demandEqual(await folder.load(name), loaded, "the same list is read otherwise the second time");
}

async function checkOthers(folder: Folder, name: string): Promise<void> {
  const { text, exitCode, complaints } = await checkFile(name, machine(folder.path, variables));
  demand(text.endsWith("\n") && !text.includes("undefined"), `check says ${text.slice(0, 300)}`);
  demand(
    exitCode === (complaints.some(({ severity }) => severity === "error") ? 2 : 0),
    "check ends otherwise than it says",
  );
  const control = await readControlSettings(name, { env: variables, cwd: folder.path });
  if (control.ok) demand(control.settings.serverUrl !== undefined, "no address");
  else demand(!/is not a function|undefined|Maximum call/.test(control.message), control.message);
}

function readWhole(text: string): { document: Document; complaints: readonly Complaint[]; ok: boolean } {
  const [document, complaints] = [emptyDocument(), new Complaints()];
  const ok = readIni(text, "f", document, complaints);
  return { document, complaints: complaints.list, ok };
}

export const ini = listTarget("list.ini", iniText, async (folder, text, turn, loaded) => {
  const whole = readWhole(text);
  checkPlaces(whole.complaints, text);
  const values = (document: Document) =>
    [...document.sections.values(), { name: "DEFAULT", entries: document.defaults }].map(({ name, entries }) => [
      name,
      ...[...entries.values()].map(({ key, value, line }) => [key, value, line]),
    ]);
  if (turn % 2 === 0 && !text.includes("\r")) {
    const other = readWhole(text.replaceAll("\n", turn % 4 === 0 ? "\r\n" : "\r"));
    demandEqual(
      [other.ok, values(other.document)],
      [whole.ok, values(whole.document)],
      "line ends change what is read",
    );
    const places = ({ complaints }: typeof whole) =>
      complaints.map(({ line, column, message }) => [line, column, message]);
    demandEqual(places(other).length, places(whole).length, "line ends change what is complained about");
  }
  if (loaded.ok && turn % 4 < 2) await compareWithYaml(folder, whole.document, loaded);
});

function iniText(random: Random): string {
  if (random.chance(0.001)) return huge(random);
  const whole = random.chance(0.5) ? grammarList(random) : random.pick(iniLists);
  if (random.chance(0.02)) return random.many(random.size(400), () => String.fromCharCode(random.below(256)));
  return random.chance(0.85) ? mutate(random, whole, listWords, iniLists) : whole;
}

/** One thing, very often. */
function huge(random: Random): string {
  const list = "[supervisord]\n[program:a]\ncommand=/bin/cat\n";
  const what = random.pick([
    ...listWords,
    "a",
    " ",
    "\n",
    "A=1,",
    "%%",
    "%(here)s",
    "*",
    "a*",
    "[",
    "((((",
    "\n b\n",
    '"',
    "[a]\n",
    "k=v\n",
  ]);
  return (
    list +
    random.pick(["", "environment=", "command=", "process_name=", "[include]\nfiles=inc/", "[x"]) +
    what.repeat(random.below(200_000 / what.length))
  );
}

/** A list that is right means the same when it is written in YAML. */
async function compareWithYaml(folder: Folder, document: Document, loaded: Loaded & { ok: true }): Promise<void> {
  const yaml = asYaml(document);
  if (yaml === null) return;
  folder.write("list.yaml", yaml);
  const other = await folder.load("list.yaml");
  demand(other.ok, `right in ini, refused in YAML: ${other.ok ? "" : other.message}\n${yaml}`);
  const { groups, daemon, servers } = loaded.config;
  demandEqual(
    [other.config.groups, other.config.daemon, other.config.servers],
    [groups, daemon, servers],
    "another meaning in YAML",
  );
}

export const yaml = listTarget("list.yaml", yamlText, async () => undefined);

function yamlText(random: Random): string {
  if (random.chance(0.0005))
    return random.pick(["[", "{a: ", "- ", "? ", "a: &a\n", "*a "]).repeat(random.below(3_000));
  const whole = random.pick(yamlLists);
  return random.chance(0.95) ? mutate(random, whole, listWords, yamlLists) : whole;
}
