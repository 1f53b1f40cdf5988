/** What happens, as /events and `spacectl events` tell it: with real programs, and over the end of the daemon. */
import { once } from "node:events";
import { appendFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { binaries, newDirectory, run, startDaemon, type TestDaemon } from "../helpers/daemon.ts";
import { freePort } from "../helpers/port.ts";
import { until } from "../helpers/until.ts";

const daemons: TestDaemon[] = [];
afterEach(async () => {
  for (const daemon of daemons.splice(0)) await daemon.end();
});

async function start(...args: Parameters<typeof startDaemon>): Promise<TestDaemon> {
  const daemon = await startDaemon(...args);
  daemons.push(daemon);
  return daemon;
}

type Event = Readonly<Record<string, unknown>> & { readonly type: string; readonly serial?: number };

const eventsOf = (text: string): Event[] =>
  text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));

/** The lines of JSON of a command that goes on. */
function follow(daemon: TestDaemon, ...words: string[]) {
  const child = daemon.ctlInBackground("events", "-f", "--json", ...words);
  const out = { text: "", notices: "" };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    out.text += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    out.notices += text;
  });
  const whole = () => eventsOf(out.text.slice(0, out.text.lastIndexOf("\n") + 1));
  return { child, whole, notices: () => out.notices };
}

const sleeper = "[program:web]\ncommand=/bin/sleep 1000\nstartsecs=0\n";

describe("spacectl events", () => {
  test("tells of crashes, limits, hooks, dependencies and requests, and why, and of nothing that is secret", async () => {
    const daemon = await start(`${sleeper}environment=PASSWORD="s3cret"
[program:crash]
command=/bin/sh -c 'echo s3cret; exit 3'
startsecs=0
autorestart=false
pre_start_command=/bin/sh -c 'echo s3cret; exit 0'
[program:old]
command=/bin/sleep 1000
startsecs=0
max_runtime=1s
[program:slow]
command=/bin/sleep 1000
type=oneshot
[program:late]
command=/bin/sleep 1000
startsecs=0
depends_on=slow:completed
[program:a-long-name-of-a-prog]
command=/bin/sleep 1000
`);
    await until("it is too old", async () => /"limit":"runtime"/.test((await daemon.ctl("events", "--json")).stdout));
    await daemon.ctl("stop", "web");
    await daemon.ctl("signal", "HUP", "nosuch");
    const { stdout } = await daemon.ctl("events", "--json");
    const all = eventsOf(stdout);
    const of = (name: string, type: string) => all.filter((event) => event.name === name && event.type === type);
    expect(all[0]).toMatchObject({ type: "stream", pid: daemon.pid });
    expect(all[1]).toMatchObject({ type: "daemon", to: "RUNNING", pid: daemon.pid });
    expect(of("crash", "hook")).toMatchObject([{ hook: "pre_start", ok: true }]);
    expect(of("crash", "state").map(({ from, to, code, expected }) => [from, to, code, expected])).toEqual([
      ["STOPPED", "STARTING", undefined, undefined],
      ["STARTING", "RUNNING", undefined, undefined],
      ["RUNNING", "EXITED", 3, false],
    ]);
    expect(of("old", "limit")[0]).toMatchObject({ limit: "runtime", action: "restart", why: /its max_runtime$/ });
    expect(of("late", "waiting")[0]).toMatchObject({ why: /^for slow to/ });
    expect(all.filter(({ type }) => type === "request")).toMatchObject([
      { what: "stopProcess", target: "web", by: "unix socket", client: "spacectl" },
      { what: "signalProcess", target: "nosuch", signal: "HUP" },
      { what: "signalProcess", target: "nosuch", failed: "BAD_NAME: nosuch" },
    ]);
    expect(of("web", "state").at(-1)).toMatchObject({ to: "STOPPED", signal: "SIGTERM" });
    expect(stdout).not.toContain("s3cret");

    const human = await daemon.ctl("events", "crash", "--type", "state", "-n", "1");
    expect(human.stdout).toMatch(
      /^\d{4}-\d\d-\d\d [\d:.]{12} {2}crash +EXITED +exit status 3 \(not expected\); lived \d+ms\n$/,
    );
    const page = (await daemon.ctl("events")).stdout.trimEnd().split("\n");
    expect(page.map((line) => line.replace(/^.{25}(\S+ +)(\S+).*/, "$1$2"))).toEqual(
      expect.arrayContaining([`daemon${" ".repeat(17)}RUNNING`, "a-long-name-of-a-prog  STARTING"]),
    );
    // A child is no news beside STARTING, unless somebody asks for that.
    expect(page.join("\n")).not.toMatch(/ spawned |\s$/m);
    expect(of("web", "spawned")).toHaveLength(1);
    expect((await daemon.ctl("events", "web", "--type", "spawned")).stdout).toMatch(/web +spawned +pid \d+\n$/);
    const unknown = await daemon.ctl("events", "nosuch");
    expect([unknown.code, unknown.stdout]).toEqual([4, "nosuch: ERROR (no such process)\n"]);
    expect((await daemon.ctl("events", "--type", "nonsense")).code).toBe(2);
    expect((await daemon.ctl("events", "--since", "2001-01-01", "-n", "0")).stdout).toBe("");
  });

  test("tells of health, of a program list that is refused or applied, and of who asks the daemon to go", async () => {
    const care = "healthcheck_file=%(here)s/alive\nhealthcheck_interval=100ms\nhealthcheck_retries=1\n";
    const quiet = "healthcheck_action=none\n";
    const daemon = await start(`${sleeper}${care}${quiet}`, { daemonKeys: "watch_config=true\n" });
    writeFileSync(daemon.path("alive"), "");
    const { whole } = follow(daemon, "-n", "100");
    const told = (wanted: Record<string, unknown>) =>
      until(`${JSON.stringify(wanted)} is told`, () =>
        whole().some((event) => Object.entries(wanted).every(([key, value]) => event[key] === value)),
      );
    await told({ type: "health", name: "web", to: "healthy" });
    rmSync(daemon.path("alive"));
    await told({ type: "health", name: "web", to: "unhealthy" });
    const list = daemon.read("s.conf");
    appendFileSync(daemon.file, "[program:more]\ncommand=/bin/sleep 1000\nstartsecs=0\n");
    await told({ type: "config", what: "applied" });
    await told({ type: "group", group: "more", what: "added" });
    await told({ type: "state", name: "more", to: "RUNNING" });
    writeFileSync(daemon.file, list.replace("startsecs=0", "startsecs=soon"));
    await told({ type: "config", what: "refused" });
    daemon.signal("SIGTERM");
    await daemon.over();
    await told({ type: "request", what: "shutdown", by: "SIGTERM" });
    await told({ type: "daemon", to: "STOPPED" });
    const applied = whole().find(({ what }) => what === "applied");
    expect(applied).toMatchObject({ added: ["more"], changed: [], removed: [] });
    expect(whole().find(({ what }) => what === "refused")?.why).toMatch(/^invalid literal for int/);
  });

  test("-f goes on over a reload, the death of the daemon and its next start, and tells nothing twice", async () => {
    const directory = newDirectory();
    const daemon = await start(sleeper, { directory });
    const { child, whole, notices } = follow(daemon, "-n", "0");
    await until("it is connected", () => whole().length === 1);
    await daemon.ctl("reload");
    await until("it is up again", () => whole().filter(({ to }) => to === "RUNNING").length === 2);
    daemon.signal("SIGKILL");
    await until("that is told", () => /broke|ends/.test(notices().split("connected again")[1] ?? ""));
    const next = await start(sleeper, { directory });
    await until("the new one is told of", () => whole().some(({ type, pid }) => type === "daemon" && pid === next.pid));
    await until("and its program", () => whole().at(-1)?.to === "RUNNING");
    const ended = once(child, "exit");
    child.kill("SIGINT");
    expect(await ended).toEqual([0, null]);
    const serials = whole().flatMap(({ serial }) => serial ?? []);
    expect(serials).toEqual(serials.toSorted((a, b) => a - b));
    expect(new Set(serials).size).toBe(serials.length);
    expect(notices().match(/waiting for it/g)).toHaveLength(2);
    expect(notices()).toContain(`-- connected to a daemon started anew, pid ${next.pid} --`);
    const daemonStates = whole().flatMap(({ type, to }) => (type === "daemon" ? [to] : []));
    expect(daemonStates).toEqual(["RESTARTING", "STOPPED", "RUNNING", "RUNNING"]);
    expect(whole().filter(({ type }) => type === "missed")).toEqual([]);
  });

  test("without a daemon, and with supervisord's, it says so", async () => {
    const daemon = await start(sleeper);
    await daemon.ctl("shutdown");
    await daemon.over();
    const { code, stdout } = await daemon.ctl("events");
    expect([code, stdout]).toEqual([7, `unix://${daemon.path("s.sock")} no such file\n`]);
    const reference = await start(sleeper, { binaries: { ...binaries, daemon: ["supervisord"] } });
    const there = await reference.ctl("events", "-f");
    expect([there.code, there.stdout]).toEqual([
      5,
      "Error: the daemon does not tell that: it is supervisord, or an older spaced\n",
    ]);
  });
});

describe("GET /events of a daemon", () => {
  test("is for those who may read, as server-sent events up to its last", async () => {
    const port = await freePort();
    const guarded = `[inet_http_server]
port=127.0.0.1:${port}
username=ann
password=all
readonly_username=joe
readonly_password=look
public=health
${sleeper}`;
    const daemon = await start(guarded);
    const url = `http://127.0.0.1:${port}/events`;
    const status = async (...words: string[]) =>
      (await run(["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", ...words, url])).stdout;
    expect(await Promise.all([status(), status("-u", "joe:wrong"), status("-u", "joe:look")])).toEqual([
      "401",
      "401",
      "200",
    ]);
    const stream = run(["curl", "-sN", "-u", "joe:look", "-H", "Accept: text/event-stream", url]);
    await daemon.reaches("web", "RUNNING");
    await daemon.ctl("stop", "web");
    await daemon.ctl("shutdown");
    const { code, stdout } = await stream;
    expect(code).toBe(0);
    const events = stdout.trimEnd().split("\n\n");
    expect(events[0]).toMatch(/^retry: \d+\ndata: \{.*"type":"stream"/);
    expect(events.slice(1).every((event) => /^id: \d+\ndata: \{"serial":\d+,/.test(event))).toBe(true);
    expect(events.at(-1)).toMatch(/"type":"daemon","to":"STOPPED"/);
    expect(await daemon.over()).toEqual({ code: 0, signal: null });
  });

  test("a client that does not read holds up nothing, and is told what it has missed", async () => {
    const daemon = await start(sleeper);
    const client = connect(daemon.path("s.sock")).setEncoding("utf8");
    client.write("GET /events?follow=1&last=0 HTTP/1.0\r\n\r\n");
    client.pause();
    const call = { methodName: "supervisor.stopProcess", params: ["x".repeat(150)] };
    const calls = Array.from({ length: 1000 }, () => call);
    for (let n = 0; n < 5; n++) await daemon.rpc("system.multicall", calls as never);
    await daemon.ctl("shutdown");
    let text = "";
    client.on("data", (more: string) => {
      text += more;
    });
    client.resume();
    await once(client, "close");
    await daemon.over();
    const events = eventsOf(text.slice(text.indexOf("\r\n\r\n") + 4));
    const missed = events.flatMap(({ type, count }) => (type === "missed" ? [Number(count)] : []));
    expect(missed.length).toBeGreaterThan(0);
    const serials = events.flatMap(({ serial }) => serial ?? []);
    const first = Number(events[0]?.latest) + 1;
    expect(serials.length + missed.reduce((sum, count) => sum + count, 0)).toBe((serials.at(-1) ?? 0) - first + 1);
    expect(events.at(-1)).toMatchObject({ type: "daemon", to: "STOPPED" });
  });
});
