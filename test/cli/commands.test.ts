/** Commands against the real API over a daemon in memory: what is ours, and what is hard to bring about with a real one. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Fault } from "../../src/core/faults.ts";
import { type Served, serve } from "../helpers/api-server.ts";
import { FakeDaemon } from "../helpers/fake-daemon.ts";
import { ctl } from "./captured.ts";

let daemon: FakeDaemon;
let served: Served;

beforeEach(async () => {
  daemon = new FakeDaemon();
  daemon.add("cat");
  daemon.add("idle", { state: "STOPPED" });
  for (const name of ["web_00", "web_01", "web_10"]) daemon.add(`web:${name}`);
  served = await serve(daemon);
});

afterEach(() => served.close());

const run = (line: string, settings = {}) => ctl(served.unixUrl, line, settings);

describe("status", () => {
  test("is a table as wide as the longest name", async () => {
    const long = `a-${"x".repeat(40)}`;
    daemon.add(long, { state: "STOPPED" });
    const { out, status } = await run(`status cat ${long}`);
    expect(out).toBe(`${"cat".padEnd(45)}RUNNING   pid 100, uptime 0:00:07\n${long.padEnd(45)}STOPPED   Not started\n`);
    expect(status).toBe(3);
  });

  test("counts characters, not bytes", async () => {
    daemon.add("zähler-🎉");
    expect((await run("status zähler-🎉")).out).toBe(`zähler-🎉${" ".repeat(25)}RUNNING   pid 100, uptime 0:00:07\n`);
  });

  test("as JSON has a stable shape", async () => {
    const { out, err, status } = await run("status --json cat idle");
    expect(JSON.parse(out)).toEqual([
      {
        group: "cat",
        name: "cat",
        state: "RUNNING",
        pid: 100,
        uptimeSeconds: 7,
        description: "pid 100, uptime 0:00:07",
        exitStatus: null,
        spawnError: null,
        startedAt: "2026-11-22T01:31:46Z",
        stoppedAt: null,
        memoryBytes: 3 * 2 ** 30,
        cpuPercent: 12.3,
        processes: 2,
        health: "none",
        ready: true,
        lacks: null,
        loses: null,
      },
      {
        group: "idle",
        name: "idle",
        state: "STOPPED",
        pid: null,
        uptimeSeconds: null,
        description: "Not started",
        exitStatus: null,
        spawnError: null,
        startedAt: null,
        stoppedAt: null,
        memoryBytes: null,
        cpuPercent: null,
        processes: null,
        health: "none",
        ready: false,
        lacks: "is starting",
        loses: null,
      },
    ]);
    expect([err, status]).toEqual(["", 3]);
  });

  test("as JSON keeps complaints off standard output", async () => {
    expect(await run("status --json nosuch")).toEqual({
      out: "[]\n",
      err: "nosuch: ERROR (no such process)\n",
      status: 4,
    });
    expect(await ctl("unix:///nowhere.sock", "status --json")).toEqual({
      out: "",
      err: "unix:///nowhere.sock no such file\n",
      status: 4,
    });
  });

  test("refuses an option it does not know, and explains itself", async () => {
    const refused = await run("status --jsno");
    expect(refused).toMatchObject({ out: "", status: 1 });
    expect(refused.err).toBe("error: unknown option '--jsno'\n(Did you mean --json?)\n");
    const help = await run("status --help");
    expect(help).toMatchObject({ err: "", status: 0 });
    expect(help.out).toContain("--json");
  });

  test("takes globs", async () => {
    const { out } = await run("status web:*_?0 c*t");
    expect(out.split("\n").map((line) => line.split(" ")[0])).toEqual(["web:web_00", "web:web_10", "cat", ""]);
    expect(await run("status x* web:w*1")).toMatchObject({ status: 4 });
    expect((await run("status x* y?:*")).out).toBe("x*: ERROR (no such process)\ny?: ERROR (no such group)\n");
  });
});

describe("globs", () => {
  test("mean every process they match, at the same time, told in order", async () => {
    for (const process of daemon.list) Object.assign(process, { state: "STOPPED", startMs: 300 });
    const begin = performance.now();
    expect(await run("start w*")).toEqual({
      out: "web:web_00: started\nweb:web_01: started\nweb:web_10: started\n",
      err: "",
      status: 0,
    });
    expect(performance.now() - begin).toBeLessThan(800);
  });

  test.each([
    ["start idl? nosuch-*", "idle: started\nnosuch-*: ERROR (no such process)\n", 1],
    ["stop web:*_0[01]", "web:web_00: stopped\nweb:web_01: stopped\n", 0],
    ["restart c*", "cat: stopped\ncat: started\n", 0],
    ["signal HUP *a*", "cat: signalled\n", 0],
    ["pid c*", "100\n", 0],
    ["pid x*", "No such process x*\n", 1],
    ["clear web:*_?0", "web:web_00: cleared\nweb:web_10: cleared\n", 0],
  ])("%s", async (line, out, status) => {
    expect(await run(line)).toEqual({ out, err: "", status });
  });

  test("are no globs where supervisorctl knows the word", async () => {
    expect((await run("stop web:*")).out.split("\n").sort()).toEqual([
      "",
      "web:web_00: stopped",
      "web:web_01: stopped",
      "web:web_10: stopped",
    ]);
    expect(await run("start nosuch:*")).toEqual({ out: "nosuch: ERROR (no such group)\n", err: "", status: 2 });
  });
});

describe("JSON", () => {
  test.each([
    ["pid --json", { pid: 4711 }],
    [
      "pid --json cat idle",
      [
        { group: "cat", name: "cat", pid: 100 },
        { group: "idle", name: "idle", pid: null },
      ],
    ],
    ["avail --json", []],
  ])("%s", async (line, value) => {
    expect(JSON.parse((await run(line)).out)).toEqual(value);
  });

  test("reread --json", async () => {
    daemon.changes = { added: ["a"], changed: ["b"], removed: [] };
    expect(JSON.parse((await run("reread --json")).out)).toEqual({ added: ["a"], changed: ["b"], removed: [] });
  });
});

describe("refusals of the daemon", () => {
  test.each([
    ["NO_FILE", "cat: ERROR (no such file)\n", 1],
    ["NOT_EXECUTABLE", "cat: ERROR (file is not executable)\n", 1],
    ["SPAWN_ERROR", "cat: ERROR (spawn error)\n", 7],
    ["ABNORMAL_TERMINATION", "cat: ERROR (abnormal termination)\n", 7],
    ["FAILED", "error: <class 'ValueError'>, Unknown result code 30 for cat: file: URL line: 0\n", 1],
  ] as const)("start tells %s", async (fault, out, status) => {
    Object.assign(daemon.find({ group: "cat", name: "cat" }) ?? {}, {
      state: "STOPPED",
      startFault: new Fault(fault, "cat"),
    });
    const printed = await run("start cat");
    expect({ ...printed, out: printed.out.replace(served.unixUrl, "URL") }).toEqual({ out, err: "", status });
  });

  test("the last error of several decides the exit status", async () => {
    expect((await run("pid idle nosuch")).status).toBe(1);
    expect((await run("pid nosuch idle")).status).toBe(7);
    expect((await run("start nosuch cat")).status).toBe(1);
  });

  test("in the state of shutting down are told as the reference tells them", async () => {
    daemon.current = "SHUTDOWN";
    const outcome = async (line: string) => {
      const { out, status } = await run(line);
      return [out.replace(served.unixUrl, "URL"), status];
    };
    const fault = "error: <class 'xmlrpc.client.Fault'>, <Fault 6: 'SHUTDOWN_STATE'>: file: URL line: 0\n";
    expect(await outcome("status")).toEqual([fault, 1]);
    expect(await outcome("start cat")).toEqual([fault, 1]);
    expect(await outcome("shutdown")).toEqual(["ERROR: already shutting down\n", 0]);
    expect(await outcome("reload")).toEqual(["ERROR: already shutting down\n", 1]);
    expect(await outcome("reread")).toEqual(["ERROR: supervisor shutting down\n", 1]);
    expect(await outcome("avail")).toEqual(["ERROR: supervisor shutting down\n", 1]);
    expect(await outcome("update")).toEqual(["ERROR: already shutting down\n", 1]);
    expect(await outcome("add cat")).toEqual(["ERROR: shutting down\n", 1]);
  });

  test("a daemon without the supervisor interface is told apart", async () => {
    daemon.rpcInterfaces = [];
    expect(await run("start cat")).toMatchObject({
      out: expect.stringMatching(/^Sorry, supervisord responded but did not recognize the supervisor namespace/),
      status: 3,
    });
    expect(await run("status")).toMatchObject({ status: 4 });
  });
});

describe("tail", () => {
  test("shows the end of a log and a newline", async () => {
    daemon.find({ group: "cat", name: "cat" })?.stdout?.append("one\ntwo\n");
    expect(await run("tail cat")).toEqual({ out: "one\ntwo\n\n", err: "", status: 0 });
    expect((await run("tail -4 cat")).out).toBe("two\n\n");
    expect((await run("tail -2147483648 cat")).out).toBe("one\ntwo\n\n");
    for (const word of ["-2147483649", "--2147483648", "-99999999999"])
      expect((await run(`tail ${word} cat`)).out).toContain("<class 'OverflowError'>, int exceeds XML-RPC limits");
  });

  test("says what there is none of", async () => {
    Object.assign(daemon.find({ group: "cat", name: "cat" }) ?? {}, { stdout: null });
    expect(await run("tail cat")).toMatchObject({ out: "cat: ERROR (no log file)\n", status: 1 });
    expect(await run("tail nosuch")).toMatchObject({ out: "nosuch: ERROR (no such process name)\n", status: 1 });
    daemon.main = null;
    expect(await run("maintail")).toMatchObject({ out: "supervisord: ERROR (no log file)\n", status: 1 });
  });

  test("-f tells on standard error that there is nothing to follow", async () => {
    expect(await run("tail -f nosuch")).toEqual({
      out: "==> Press Ctrl-C to exit <==\n",
      err: `${served.unixUrl}/logtail/nosuch/stdout Cannot read, status code 404\n`,
      status: 0,
    });
  });
});

describe("a daemon that wants a login", () => {
  beforeEach(async () => {
    await served.close();
    served = await serve(daemon, { credentials: { username: "joe", password: "se:cret" } });
  });

  test("gets the one that was given", async () => {
    expect(await run("pid cat", { username: "joe", password: "se:cret" })).toMatchObject({ out: "100\n", status: 0 });
    expect(await ctl(served.httpUrl, "pid cat", { username: "joe", password: "se:cret" })).toMatchObject({ status: 0 });
  });

  test("is not served by a program that cannot ask", async () => {
    expect(await run("start cat", { username: "joe", password: "wrong" })).toMatchObject({
      out: expect.stringMatching(
        /^Server requires authentication\nerror: <class 'xmlrpc.client.ProtocolError'>, <ProtocolError for 127.0.0.1\/RPC2: 401 Unauthorized>: file: /,
      ),
      status: 1,
    });
  });

  test("is served when the user answers, at the second attempt if need be", async () => {
    const answers = ["joe", "wrong", "joe", "se:cret"];
    const question = "Server requires authentication\nUsername:Password:\n";
    expect(await run("pid cat", { interactive: true, answers })).toEqual({
      out: `${question}${question}100\n`,
      err: "",
      status: 0,
    });
  });

  test.each([[[]], [["joe"]]])("is left alone when the user, having answered %j, does not answer", async (answers) => {
    expect(await run("pid cat", { interactive: true, answers })).toMatchObject({
      out: expect.stringMatching(
        /word:error: <class 'EOFError'>, EOF when reading a line|name:error: <class 'EOFError'>/,
      ),
      status: 1,
    });
  });
});

describe("asking first", () => {
  test.each([
    ["shutdown", "n", "Really shut the remote supervisord process down y/N? ", []],
    ["shutdown", "", "Really shut the remote supervisord process down y/N? ", []],
    ["shutdown", "Yes", "Really shut the remote supervisord process down y/N? Shut down\n", ["shutdown"]],
    ["reload", "y", "Really restart the remote supervisord process y/N? Restarted supervisord\n", ["restart"]],
  ])("%s, answered %j", async (line, answer, out, asked) => {
    expect(await run(line, { interactive: true, answers: [answer] })).toEqual({ out, err: "", status: 0 });
    expect(daemon.asked).toEqual(asked);
  });

  test("is left out otherwise", async () => {
    expect((await run("shutdown")).out).toBe("Shut down\n");
  });
});
