/** What is said beyond supervisorctl's words to somebody at a terminal, and to nobody else. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { commandHint, failureHint } from "../../src/cli/hints.ts";
import { ConnectionFailure, HttpFailure } from "../../src/client/failures.ts";
import { newDirectory, root, run } from "../helpers/daemon.ts";

const socket = "unix:///run/app.sock";
const port = "http://localhost:9001";
const otherwise = "start spaced, or say with -c FILE or -s URL where it listens";

test("a mistyped command gets the one that was probably meant", () => {
  expect(commandHint("statsu", ["start", "status"])).toBe("did you mean status? spacectl -h lists all commands");
  expect(commandHint("frobnicate", ["start", "status"])).toBe("spacectl -h lists all commands");
});

test("a failure gets what can be done about it", () => {
  expect(failureHint(new ConnectionFailure("ENOENT"), socket)).toBe(`no daemon has made this socket: ${otherwise}`);
  expect(failureHint(new ConnectionFailure("ECONNREFUSED"), socket)).toContain("is gone: start spaced");
  expect(failureHint(new ConnectionFailure("ECONNREFUSED"), port)).toBe(`nobody listens there: ${otherwise}`);
  expect(failureHint(new ConnectionFailure("EACCES"), socket)).toContain("chmod and chown");
  expect(failureHint(new HttpFailure(401, "Unauthorized"), port)).toContain("-u NAME -p PASSWORD");
  expect(failureHint(new HttpFailure(500, "Internal Server Error"), port)).toBeNull();
  expect(failureHint(new Error("something else"), port)).toBeNull();
});

const spacectl = [`${root}/node_modules/.bin/node`, "--disable-warning=ExperimentalWarning", `${root}/src/cli/main.ts`];
const words = ["-s", "unix:///nowhere.sock", "pid"];

test("it stands below what supervisorctl says, on a terminal only", async () => {
  const piped = await run([...spacectl, ...words]);
  expect([piped.stdout, piped.stderr]).toEqual(["unix:///nowhere.sock no such file\n", ""]);
  const shown = await run(["script", "-qec", [...spacectl, ...words].join(" "), "/dev/null"]);
  expect(shown.stdout).toBe(`unix:///nowhere.sock no such file\r\n(no daemon has made this socket: ${otherwise})\r\n`);
});

test("help names our commands as well, on a terminal only", async () => {
  const beyond = "and, which supervisorctl has not: check completion describe doctor";
  expect((await run([...spacectl, "help"])).stderr).toBe("");
  expect((await run(["script", "-qec", [...spacectl, "help"].join(" "), "/dev/null"])).stdout).toContain(beyond);
});

test("who starts a daemon with a wrong list is told how to see all of its mistakes, on a terminal only", async () => {
  const folder = newDirectory();
  const file = join(folder, "bad.conf");
  writeFileSync(file, "[supervisord]\nnodaemon=maybe\n");
  const start = [...spacectl.slice(0, 2), `${root}/src/daemon/entry.ts`, "-n", "-c", file];
  const piped = await run(start);
  expect([piped.code, piped.stderr.split("\n").length]).toEqual([2, 3]);
  const shown = await run(["script", "-qec", start.join(" "), "/dev/null"]);
  expect(shown.stdout).toContain(`-h\r\n(spacectl check ${file} shows every mistake, with its line)\r\n`);
  rmSync(folder, { recursive: true });
});
