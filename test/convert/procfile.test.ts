import { describe, expect, test } from "vitest";
import { importProcfile, type ProcfileChoices } from "../../src/convert/procfile.ts";
import { yamlText } from "../../src/convert/yaml-text.ts";
import type { ProcessSettings } from "../../src/core/program.ts";
import { config, write } from "../config/files.ts";

const plain: ProcfileChoices = { port: null, formation: new Map(), env: null };

async function processes(text: string, choices: Partial<ProcfileChoices> = {}): Promise<readonly ProcessSettings[]> {
  const yaml = yamlText(importProcfile(text, { ...plain, ...choices }));
  if (choices.env !== undefined && choices.env !== null) write(".env", choices.env);
  return (await config("procfile.yaml", yaml)).groups.flatMap((group) => group.processes);
}

const commandOf = async (line: string): Promise<string | undefined> => (await processes(`p: ${line}`))[0]?.command;

describe("a Procfile", () => {
  test("runs words as words, and what needs a shell in one that the program replaces", async () => {
    expect(await commandOf("bundle exec 'puma x' 50%")).toBe("bundle exec 'puma x' 50%");
    expect(await commandOf("puma -p $PORT")).toBe("/bin/sh -c 'exec puma -p $PORT'");
    expect(await commandOf("A=1 puma")).toBe("/bin/sh -c 'exec env A=1 puma'");
    expect(await commandOf("cd app && puma")).toBe("/bin/sh -c 'cd app && exec puma'");
    expect(await commandOf("a; b")).toBe("/bin/sh -c 'a; b'");
    // Wherever the daemon is started.
    expect((await processes("p: bin/server start"))[0]?.command).toMatch(/^\/.*\/bin\/server start$/);
    expect((await processes("p: ./run"))[0]?.command).toMatch(/[^.]\/run$/);
    expect((await processes("p: a | b"))[0]).toMatchObject({ command: "/bin/sh -c 'a | b'", stopAsGroup: true });
  });

  test("counts PORT from 5000 in steps of 100, from --port, or from PORT of .env", async () => {
    const ports = async (choices: Partial<ProcfileChoices>) =>
      (await processes("web: a\nworker: b\n", choices)).map(({ environment }) => environment.PORT);
    expect(await ports({})).toEqual(["5000", "5100"]);
    expect(await ports({ port: 8000 })).toEqual(["8000", "8100"]);
    expect(await ports({ env: "PORT=3000\n" })).toEqual(["3000", "3100"]);
  });

  test("has copies by its formation, each with the next port", async () => {
    const formation = new Map([["web", 2]]);
    const [first, second, third] = await processes("web: puma -p $PORT\nworker: b\n", { formation });
    expect([first?.name, second?.name, third?.name]).toEqual(["web_0", "web_1", "worker"]);
    expect(second?.command).toBe("/bin/sh -c 'export PORT=$((5000 + 1)); exec puma -p $PORT'");
    const none = await processes("web: a\n", { formation: new Map([["all", 0]]) });
    expect(none[0]?.autostart).toBe(false);
  });

  test("has its release done before anything else starts", async () => {
    const [release, web] = await processes("release: rake db:migrate\nweb: a\n");
    expect(release?.care.type).toBe("oneshot");
    expect(web?.care.dependsOn).toMatchObject([{ on: "release", condition: "completed" }]);
  });

  test("gives everybody the .env beside it", async () => {
    expect(JSON.stringify((await processes("web: a\n", { env: "A=b\n" }))[0]?.care)).toContain("/.env");
  });

  test("names the lines that are none, and refuses a file without any", () => {
    expect(yamlText(importProcfile("web: a\nnothing\n", plain))).toContain("not NAME: COMMAND: nothing");
    expect(() => importProcfile("# empty\n", plain)).toThrow("no line of it is NAME: COMMAND");
  });
});
