/** `spacectl describe` tells what the list says of a process and where, whatever has become of the list since. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { afterAll, expect, test } from "vitest";
import { newDirectory, startDaemon, type TestDaemon } from "../helpers/daemon.ts";

const directory = newDirectory();
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** `key value FILE:LINE`, without the test's folder. */
async function settings(daemon: TestDaemon, name: string): Promise<string[]> {
  const { stdout } = await daemon.ctl("describe", name);
  const [, part = ""] = stdout.split(/^ {2}settings\n/m);
  return part
    .trimEnd()
    .split("\n")
    .map((line) =>
      line
        .trim()
        .replace(/ {2,}/g, " ")
        .replaceAll(`${daemon.path("")}/`.replace("//", "/"), ""),
    );
}

test("describe tells each key with its value and its place, through edits, rereads, updates, scalings and reloads", async () => {
  mkdirSync(`${directory}/more`);
  writeFileSync(
    `${directory}/more/b.ini`,
    '[program:b]\ncommand=sleep 10%(process_num)d\nprocess_name=b%(process_num)d\nnumprocs=2\nenvironment=KEY="hush"\n',
  );
  const list = `[include]
files=more/*.ini
[program:a]
command=sleep 1000
startsecs=0
`;
  await using daemon = await startDaemon(list, { directory });
  const at = readFileSync(daemon.file, "utf8").split("\n").indexOf("command=sleep 1000") + 1;
  const ofA = (line: number, startsecs: number) => [
    `command sleep 1000 s.conf:${line}`,
    `startsecs ${startsecs} s.conf:${line + 1}`,
  ];
  expect(await settings(daemon, "a")).toEqual(ofA(at, 0));
  expect(await settings(daemon, "b:b1")).toEqual([
    "command sleep 101 more/b.ini:2",
    "process_name b1 more/b.ini:3",
    "numprocs 2 more/b.ini:4",
    "environment KEY more/b.ini:5",
  ]);

  const text = readFileSync(daemon.file, "utf8");
  writeFileSync(daemon.file, text.replace("[program:a]", "; a line\n[program:a]"));
  await daemon.ctl("reread");
  expect(await settings(daemon, "a")).toEqual(ofA(at + 1, 0));
  writeFileSync(daemon.file, text.replace("startsecs=0", "startsecs=2"));
  await daemon.ctl("reread");
  // Not yet in force: what is stands where it was when it came into force.
  expect(await settings(daemon, "a")).toEqual(ofA(at, 0));
  await daemon.ctl("update");
  expect(await settings(daemon, "a")).toEqual(ofA(at, 2));

  await daemon.ctl("scale", "b=3");
  expect((await settings(daemon, "b:b0"))[2]).toBe("numprocs 3 spacectl scale");
  expect((await settings(daemon, "b:b2"))[0]).toBe("command sleep 102 more/b.ini:2");

  writeFileSync(daemon.file, text);
  await daemon.ctl("reload");
  await daemon.reaches("a", "RUNNING");
  expect(await settings(daemon, "a")).toEqual(ofA(at, 0));
  const [described] = JSON.parse((await daemon.ctl("describe", "--json", "a")).stdout);
  expect(described.settings[0]).toEqual({
    section: "program:a",
    key: "command",
    yaml: null,
    value: "sleep 1000",
    source: daemon.file,
    line: at,
  });
});
