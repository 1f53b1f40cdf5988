/** What answers in the place of a daemon may be anything: it does a terminal no harm, and keeps nobody waiting for ever. */
import { mkdirSync, rmSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";
import { binaries, newDirectory } from "../helpers/daemon.ts";

/** Title, clearing, cursor, bell, and the same in one character each; a turned direction; lines that are not ours. */
const harm =
  "\u001b]0;title\u0007\u001b[2J\u001b[1;1H\u009b2J\u009d0;title\u009c\u001bc\b\u202e\u2066\u0000\r\nFAKE\u2028";
const name = `evil${harm}`;

const rows = [
  ["a", name],
  [name, name],
].map(([group, name]) => ({
  group,
  name,
  ...{ state: 200, statename: `FATAL${harm}`, description: harm, pid: 7, start: 1, stop: 1, now: 2, exitstatus: 1 },
  ...{ spawnerr: harm, logfile: "", stdout_logfile: "", stderr_logfile: "", status: 50, well: false, why: harm },
  ...{ health: harm, ready: false, wanted: true, lastCheck: null, inuse: true, autostart: true },
  ...{ group_prio: 1, process_prio: 1 },
}));

const results: Readonly<Record<string, unknown>> = {
  "supervisor.getVersion": "3.0",
  "supervisor.getState": { statecode: 1, statename: `RUNNING${harm}` },
  "supervisor.getSupervisorVersion": `4${harm}`,
  "supervisor.getAllProcessInfo": rows,
  "supervisor.getProcessInfo": rows[0],
  "supervisor.getAllConfigInfo": rows,
  "supervisor.reloadConfig": [[[name], [name], [name]]],
  "supervisor.startAllProcesses": rows,
  "supervisor.startProcessGroup": rows,
  "supervisor.readProcessStdoutLog": harm,
  "spaced.health": rows,
};

const events = ["state", "health", "trigger", "config", "daemon", "group", "hook", "request", "limit", name].map(
  (type, serial) => ({
    ...{ serial, time: "2026-11-22T10:00:00Z", type, group: "a", name, from: harm, to: harm, why: harm, by: harm },
    ...{ what: harm, hook: harm, target: harm, client: harm, failed: harm, added: [harm], signal: harm, action: harm },
  }),
);
const log = { path: harm, users: [{ group: name, name, program: name, channel: "stdout" }], format: "raw" };

function answer(path: string, method: string, response: ServerResponse): void {
  if (path.startsWith("/events")) {
    response.setHeader("Content-Type", "text/event-stream");
    const stream = { type: "stream", daemon: harm, pid: 1, oldest: 1, latest: 9, time: "2026-11-22T10:00:00Z" };
    response.end([stream, ...events].map((event) => `data: ${JSON.stringify(event)}\n\n`).join(""));
  } else if (path === "/logs") response.end(JSON.stringify({ now: 1, logs: [{ ...log, missing: harm }] }));
  else if (path === "/RPC2") {
    response.setHeader("Content-Type", "application/json");
    const result = results[method];
    response.end(JSON.stringify(result === undefined ? { fault: { code: 30, text: harm } } : { result }));
  } else response.writeHead(500, "No").end(harm);
}

const directory = newDirectory();
const socket = join(directory, "s.sock");
const server = createServer((request, response) => {
  let body = "";
  request.setEncoding("utf8").on("data", (text: string) => {
    body += text;
  });
  request.on("end", () => answer(request.url ?? "", /<methodName>([^<]*)/.exec(body)?.[1] ?? "", response));
});
beforeAll(async () => {
  mkdirSync(directory, { recursive: true });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(directory, { recursive: true, force: true });
});

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;
const ctl = (...words: readonly string[]): string[] => [...binaries.ctl, "-s", `unix://${socket}`, ...words];

const esc = "\u001b";
const colours = new RegExp(`${esc}\\[[\\d;:]*m`, "g");

/** What remains of an output when colours and ends of lines are taken away, and would do a terminal harm. */
const harmful = (text: string): string[] =>
  text
    .replace(colours, "")
    .replace(/\r?\n|\t/g, "")
    .match(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu) ?? [];

test.each([
  ["status"],
  ["status", "--json"],
  ["avail"],
  ["pid", "all"],
  ["pid", "x"],
  ["why"],
  ["why", "x"],
  ["describe", "all"],
  ["health"],
  ["health", "--json"],
  ["events"],
  ["events", "--json"],
  ["logs"],
  ["logs", "--json"],
  ["reread"],
  ["reread", "--json"],
  ["start", "all"],
  ["start", "a:*"],
  ["start", "x"],
  ["stop", "all"],
  ["update"],
  ["roll", "x"],
  ["scale", "x=2"],
  ["signal", "HUP", "x"],
  ["clear", "x"],
  ["tail", "x"],
  ["version"],
  ["doctor"],
])("spacectl %s %s shows a terminal nothing of a daemon's but text and colours", async (...words) => {
  const command = ctl(...words)
    .map(quoted)
    .join(" ");
  const { stdout, timedOut } = await execa("script", ["-qec", command, "/dev/null"], {
    timeout: 20_000,
    reject: false,
    env: { TERM: "xterm", PAGER: "cat" },
    stripFinalNewline: false,
  });
  expect(timedOut).toBe(false);
  expect(stdout.length).toBeGreaterThan(0);
  expect([words, harmful(stdout), stdout.slice(0, 2000)]).toEqual([words, [], stdout.slice(0, 2000)]);
});

test("completion offers no name that a shell or a terminal takes for something else", async () => {
  for (const shell of ["zsh", "fish"]) {
    const { stdout } = await execa(
      "env",
      ctl("_").slice(0, -3).concat("_complete", shell, "-s", `unix://${socket}`, "start", ""),
    );
    expect([harmful(stdout), stdout.includes("evil"), stdout.includes("FAKE")]).toEqual([[], false, false]);
  }
});
