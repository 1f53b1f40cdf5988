import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ReplyBudget } from "../../src/api/budget.ts";
import { perform } from "../../src/api/operations.ts";
import { Fault } from "../../src/core/faults.ts";
import type { ChannelSettings, GroupSettings, ProcessSettings } from "../../src/core/program.ts";
import type { XmlRpcValue } from "../../src/protocol/xmlrpc.ts";
import { python, type Served, serve } from "../helpers/api-server.ts";
import { FakeDaemon, MemoryLog } from "../helpers/fake-daemon.ts";

let daemon: FakeDaemon;
let served: Served;
const bugs: unknown[] = [];

beforeEach(async () => {
  bugs.length = 0;
  daemon = new FakeDaemon();
  daemon.add("cat", { priority: 5 });
  daemon.add("idle", { state: "STOPPED" });
  daemon.add("web:web_00");
  daemon.add("web:web_01");
  served = await serve(daemon);
});

afterEach(() => served.close());

/** The answer, or `CODE TEXT` of the fault, without a wire in between. */
async function ask(method: string, ...params: XmlRpcValue[]): Promise<XmlRpcValue> {
  const reply = new ReplyBudget(64 * 1024 * 1024).open();
  try {
    return await perform({ daemon, mayChange: true, reply, onBug: (error) => bugs.push(error) }, method, params);
  } catch (error) {
    if (error instanceof Fault) return `${error.code} ${error.message}`;
    throw error;
  }
}

const ok = (group: string, name: string) => ({ name, group, status: 80, description: "OK" });

describe("introspection, seen by Python", () => {
  test("the 41 methods of supervisor 4.2.5 are there, each with help and a signature", async () => {
    const seen = (await python(
      served.unixUrl,
      `names = s.system.listMethods()
print(json.dumps([names, [s.system.methodSignature(n) for n in names], [s.system.methodHelp(n) for n in names]]))`,
    )) as [string[], string[][], string[]];
    const [names, signatures, helps] = seen;
    expect(names).toHaveLength(41);
    expect(names).toEqual([...names].sort());
    const signatureOf = (name: string) => signatures[names.indexOf(name)];
    expect(signatureOf("supervisor.startProcess")).toEqual(["boolean", "string", "boolean"]);
    expect(signatureOf("supervisor.readLog")).toEqual(["string", "int", "int"]);
    expect(signatureOf("supervisor.tailProcessLog")).toEqual(["array", "string", "int", "int"]);
    expect(signatureOf("supervisor.getProcessInfo")).toEqual(["struct", "string"]);
    expect(signatureOf("supervisor.signalAllProcesses")).toEqual(["array", "string"]);
    expect(signatureOf("system.multicall")).toEqual(["array", "array"]);
    for (const help of helps) expect(help).toMatch(/^[A-Z].*\n@return \w+$/s);
  });

  test("without the supervisor interface only system.* is served", async () => {
    daemon.rpcInterfaces = [];
    expect(await ask("supervisor.getState")).toBe("1 UNKNOWN_METHOD");
    expect(await ask("system.listMethods")).toHaveLength(4);
    expect(await ask("system.methodHelp", "supervisor.getState")).toBe("4 SIGNATURE_UNSUPPORTED");
  });
});

describe("refusals", () => {
  test.each([
    ["supervisor.nosuch", [], "1 UNKNOWN_METHOD"],
    ["nosuch.getState", [], "1 UNKNOWN_METHOD"],
    ["getState", [], "1 UNKNOWN_METHOD"],
    ["supervisor._update", ["x"], "1 UNKNOWN_METHOD"],
    ["supervisor.getPID.x", [], "1 UNKNOWN_METHOD"],
    ["supervisor.toString", [], "1 UNKNOWN_METHOD"],
    ["supervisor.getProcessInfo", [], "2 INCORRECT_PARAMETERS"],
    ["supervisor.getProcessInfo", [1], "2 INCORRECT_PARAMETERS"],
    ["supervisor.getState", [1], "2 INCORRECT_PARAMETERS"],
    ["supervisor.startProcess", ["cat", true, 3], "2 INCORRECT_PARAMETERS"],
    ["supervisor.readLog", ["x", 0], "2 INCORRECT_PARAMETERS"],
    ["supervisor.signalProcess", ["cat", []], "2 INCORRECT_PARAMETERS"],
    ["supervisor.sendProcessStdin", ["cat", 12], "2 INCORRECT_PARAMETERS: 12"],
    ["supervisor.sendProcessStdin", ["cat", true], "2 INCORRECT_PARAMETERS: True"],
    ["supervisor.sendProcessStdin", ["idle", "x"], "70 NOT_RUNNING: idle"],
    ["supervisor.sendProcessStdin", ["web:*", "x"], "10 BAD_NAME: web:*"],
    ["supervisor.getProcessInfo", ["web:*"], "10 BAD_NAME: web:*"],
    ["supervisor.getProcessInfo", ["web"], "10 BAD_NAME: web"],
    ["supervisor.getProcessInfo", [""], "10 BAD_NAME: "],
    ["supervisor.startProcess", ["cat:cat"], "60 ALREADY_STARTED: cat:cat"],
    ["supervisor.startProcess", ["nosuch:*"], "10 BAD_NAME: nosuch:*"],
    ["supervisor.startProcessGroup", ["nosuch"], "10 BAD_NAME: nosuch"],
    ["supervisor.stopProcess", ["idle"], "70 NOT_RUNNING: idle"],
    ["supervisor.signalProcess", ["cat", "BOGUS"], "11 BAD_SIGNAL: BOGUS"],
    ["supervisor.signalProcess", ["nosuch", "BOGUS"], "10 BAD_NAME: nosuch"],
    ["supervisor.signalProcess", ["cat", 999], "11 BAD_SIGNAL: 999"],
    ["supervisor.signalProcess", ["idle", "CONT"], "70 NOT_RUNNING: idle"],
    ["supervisor.addProcessGroup", ["cat"], "90 ALREADY_ADDED: cat"],
    ["supervisor.removeProcessGroup", ["cat"], "91 STILL_RUNNING: cat"],
    ["supervisor.clearProcessLogs", ["web:*"], "10 BAD_NAME: web:*"],
    ["system.methodSignature", ["nosuch"], "4 SIGNATURE_UNSUPPORTED"],
    ["system.multicall", ["x"], "2 INCORRECT_PARAMETERS"],
  ] as const)("%s %j: %s", async (method, params, fault) => {
    expect(await ask(method, ...params)).toBe(fault);
  });

  test("while shutting down or restarting everything is refused but events and introspection", async () => {
    for (const state of ["SHUTDOWN", "RESTARTING"] as const) {
      daemon.current = state;
      expect(await ask("supervisor.getState")).toBe("6 SHUTDOWN_STATE");
      expect(await ask("supervisor.signalAllProcesses", "CONT")).toBe("6 SHUTDOWN_STATE");
      expect(await ask("supervisor.getProcessInfo")).toBe("2 INCORRECT_PARAMETERS");
      expect(await ask("supervisor.sendRemoteCommEvent", "type", "data")).toBe(true);
      expect(await ask("system.methodSignature", "supervisor.getPID")).toEqual(["int"]);
    }
    expect(daemon.asked).toEqual(["event type data", "event type data"]);
  });

  test("a bug is told to the log and is a fault to the client", async () => {
    daemon.processes = () => {
      throw new TypeError("boom");
    };
    expect(await ask("supervisor.getAllProcessInfo")).toBe("30 FAILED: internal error");
    expect(bugs).toHaveLength(1);
  });
});

describe("processes", () => {
  test("the struct has the reference's members in its order", async () => {
    const info = (await ask("supervisor.getProcessInfo", "web:web_01")) as object;
    expect(Object.keys(info).join(" ")).toBe(
      "name group start stop now state statename spawnerr exitstatus logfile stdout_logfile stderr_logfile pid description",
    );
    expect(info).toMatchObject({
      name: "web_01",
      group: "web",
      state: 20,
      statename: "RUNNING",
      logfile: "/log/web_01.out",
    });
  });

  test("a group is started by name or by group:*, and who runs already is not mentioned", async () => {
    const stopped = daemon.find({ group: "web", name: "web_01" });
    if (stopped !== undefined) stopped.state = "EXITED";
    expect(await ask("supervisor.startProcess", "web:*")).toEqual([ok("web", "web_01")]);
    expect(await ask("supervisor.startProcessGroup", "web")).toEqual([]);
    expect(await ask("supervisor.stopProcess", "web:")).toEqual([ok("web", "web_00"), ok("web", "web_01")]);
  });

  test("results: what fails at once, then who finishes, first in order of asking within 50 ms", async () => {
    daemon.list.length = 0;
    const stopped = { state: "STOPPED" as const };
    daemon.add("late", { ...stopped, startMs: 200 });
    daemon.add("dies", { ...stopped, startMs: 5, startFault: new Fault("SPAWN_ERROR", "x") });
    daemon.add("quick", stopped);
    daemon.add("missing", { ...stopped, startFault: new Fault("NO_FILE", "can't find command 'x'") });
    daemon.add("later", { ...stopped, startMs: 330 });
    expect(await ask("supervisor.startAllProcesses")).toEqual([
      ok("quick", "quick"),
      { name: "missing", group: "missing", status: 20, description: "NO_FILE: can't find command 'x'" },
      { name: "dies", group: "dies", status: 50, description: "SPAWN_ERROR: dies" },
      ok("late", "late"),
      ok("later", "later"),
    ]);
  });

  test("stop all is told in starting order when all end together", async () => {
    for (const [index, process] of daemon.list.entries()) process.stopMs = 20 - 5 * index;
    expect(await ask("supervisor.stopAllProcesses")).toEqual([
      ok("cat", "cat"),
      ok("web", "web_00"),
      ok("web", "web_01"),
    ]);
  });

  test("wait=false answers before the process is up", async () => {
    const idle = daemon.find({ group: "idle", name: "idle" });
    if (idle !== undefined) idle.startMs = 60_000;
    expect(await ask("supervisor.startProcess", "idle", false)).toBe(true);
    expect(idle?.state).toBe("STARTING");
  });

  test("what has no child is stopped at once, and is told of before what takes its time", async () => {
    daemon.add("away:slow", { stopMs: 30, priority: 1 });
    daemon.add("away:retrying", { state: "BACKOFF", priority: 2 });
    expect(await ask("supervisor.stopProcessGroup", "away")).toEqual([ok("away", "retrying"), ok("away", "slow")]);
  });

  test("signals go by name or number, and a group tells of each", async () => {
    expect(await ask("supervisor.signalProcess", "cat", "sigcont")).toBe(true);
    expect(await ask("supervisor.signalProcess", "cat", 18.9)).toBe(true);
    expect(await ask("supervisor.signalProcess", "cat", true)).toBe(true);
    expect(await ask("supervisor.signalProcess", "web:*", "HUP")).toEqual([ok("web", "web_00"), ok("web", "web_01")]);
    expect(await ask("supervisor.signalProcessGroup", "web", "BOGUS")).toEqual(
      ["web_00", "web_01"].map((name) => ({ name, group: "web", status: 11, description: "BAD_SIGNAL: BOGUS" })),
    );
    expect(daemon.asked).toEqual([
      "signal 18 cat:cat",
      "signal 18 cat:cat",
      "signal 1 cat:cat",
      "signal 1 web:web_00",
      "signal 1 web:web_01",
    ]);
  });
});

describe("logs", () => {
  beforeEach(() => {
    daemon.find({ group: "cat", name: "cat" })?.stdout?.append("0123456789ab");
  });

  test.each([
    [0, 0, "0123456789ab"],
    [0, 5, "01234"],
    [3, 0, "3456789ab"],
    [3, 4, "3456"],
    [-4, 0, "89ab"],
    [-100, 0, "0123456789ab"],
    [11, 5, "b"],
    [12, 0, ""],
    [100, 0, ""],
    [-3, 3, "3 BAD_ARGUMENTS"],
    [0, -5, "3 BAD_ARGUMENTS"],
  ])("read from %i, %i bytes: %j", async (offset, length, text) => {
    expect(await ask("supervisor.readProcessStdoutLog", "cat", offset, length)).toBe(text);
  });

  test("of a log without a file it is told that there is none, whatever part is asked for", async () => {
    const log = new MemoryLog();
    log.size = () => Promise.reject(Object.assign(new Error("no such file"), { code: "ENOENT" }));
    daemon.add("never", { stdout: log });
    for (const [offset, length] of [
      [0, 0],
      [-3, 3],
      [0, -5],
    ] as const)
      expect(await ask("supervisor.readProcessStdoutLog", "never", offset, length)).toMatch(/^20 NO_FILE/);
  });

  test.each([
    [0, 5, ["789ab", 12, true]],
    [0, 12, ["0123456789ab", 12, false]],
    [0, 100, ["0123456789ab", 12, false]],
    [3, 5, ["789ab", 12, true]],
    [8, 100, ["0123456789ab", 12, false]],
    [8, 4, ["89ab", 12, false]],
    [12, 5, ["", 12, false]],
    [100, 5, ["", 12, false]],
    [0, 0, ["", 12, true]],
    [0, -5, ["", 12, true]],
  ])("tail from %i, %i bytes: %j", async (offset, length, answer) => {
    expect(await ask("supervisor.tailProcessStdoutLog", "cat", offset, length)).toEqual(answer);
  });

  test("bytes that are no text are told as U+FFFD, cut characters too", async () => {
    const log = daemon.find({ group: "web", name: "web_00" })?.stdout;
    log?.append(Buffer.from([0xff, 0x41, 0xc3, 0xa9]));
    expect(
      await python(served.unixUrl, "print(json.dumps(call('supervisor.readProcessLog', 'web:web_00', -3, 0)))"),
    ).toBe("Aé");
    expect(await ask("supervisor.readProcessStdoutLog", "web:web_00", 0, 3)).toBe("\ufffdA\ufffd");
    expect(await ask("supervisor.tailProcessStdoutLog", "web:web_00", 0, 1)).toEqual(["\ufffd", 4, true]);
  });

  test("no log and an unreadable one are faults when read, and empty when tailed", async () => {
    daemon.add("mute", { stdout: null });
    const broken = daemon.add("broken").stdout as MemoryLog;
    const failWith = (code: string) => {
      broken.failure = Object.assign(new Error(code), { code });
    };
    expect(await ask("supervisor.readProcessStdoutLog", "mute", 0, 0)).toBe("20 NO_FILE");
    expect(await ask("supervisor.tailProcessStdoutLog", "mute", 0, 10)).toEqual(["", 0, false]);
    failWith("ENOENT");
    expect(await ask("supervisor.readProcessStdoutLog", "broken", 0, 0)).toBe("20 NO_FILE: /log/broken.out");
    failWith("EIO");
    expect(await ask("supervisor.readProcessStdoutLog", "broken", 0, 0)).toBe("30 FAILED");
    expect(await ask("supervisor.tailProcessStdoutLog", "broken", 7, 10)).toEqual(["", 7, false]);
  });

  test("one answer holds at most 8 MB, and one request at most 32 MB of them", async () => {
    daemon.main?.append(Buffer.alloc(9 * 1024 * 1024, "x"));
    expect(await ask("supervisor.readLog", 0, 0)).toHaveLength(8 * 1024 * 1024);
    const read = { methodName: "supervisor.readLog", params: [0, 0] };
    const answers = await python(
      served.unixUrl,
      `print(json.dumps([len(a) if isinstance(a, str) else a["faultString"] for a in s.system.multicall([${JSON.stringify(read)}] * 5)]))`,
    );
    const full = 8 * 1024 * 1024;
    expect(answers).toEqual([full, full, full, full, "FAILED: too many large replies at once"]);
    // The room is free again once the answer has left.
    expect(await python(served.unixUrl, "print(json.dumps(len(s.supervisor.readLog(-10, 0))))")).toBe(10);
  });

  test("clearing", async () => {
    expect(await ask("supervisor.clearProcessLogs", "cat")).toBe(true);
    expect(await ask("supervisor.readProcessStdoutLog", "cat", 0, 0)).toBe("");
    expect(await ask("supervisor.clearAllProcessLogs")).toHaveLength(4);
    daemon.main = null;
    expect(await ask("supervisor.clearLog")).toBe("20 NO_FILE");
  });
});

describe("multicall", () => {
  test("calls are performed one after the other, and a fault is an answer like any other", async () => {
    const script = `print(json.dumps(s.system.multicall([
      {"methodName": "supervisor.getPID", "params": []}, {"methodName": "supervisor.getPID"},
      {"methodName": "supervisor.nosuch"}, {"params": []}, {"methodName": "system.multicall", "params": [[]]},
      {"methodName": "supervisor.getProcessInfo", "params": ["nosuch"]},
      {"methodName": "supervisor.stopProcess", "params": ["cat"]}, {"methodName": "supervisor.startProcess", "params": ["cat"]},
      {"methodName": 5}, "x"])))`;
    expect(await python(served.unixUrl, script)).toEqual([
      4711,
      4711,
      { faultCode: 1, faultString: "UNKNOWN_METHOD" },
      { faultCode: 2, faultString: "INCORRECT_PARAMETERS: No methodName" },
      { faultCode: 2, faultString: "INCORRECT_PARAMETERS: Recursive system.multicall forbidden" },
      { faultCode: 10, faultString: "BAD_NAME: nosuch" },
      true,
      true,
      { faultCode: 2, faultString: "INCORRECT_PARAMETERS" },
      { faultCode: 2, faultString: "INCORRECT_PARAMETERS: No methodName" },
    ]);
    expect(await ask("system.multicall", [])).toEqual([]);
  });
});

describe("the program list", () => {
  test("reread tells three lists in one, and why it cannot", async () => {
    daemon.changes = { added: ["a"], changed: [], removed: ["b"] };
    expect(await ask("supervisor.reloadConfig")).toEqual([[["a"], [], ["b"]]]);
    daemon.rereadFault = new Fault("CANT_REREAD", "no such file");
    expect(await ask("supervisor.reloadConfig")).toBe("92 CANT_REREAD: no such file");
  });

  test("getAllConfigInfo has the members of 4.2.5, with none and auto as texts", async () => {
    const channel: ChannelSettings = {
      log: { type: "auto" },
      maxBytes: 52_428_800,
      backups: 10,
      captureMaxBytes: 0,
      eventsEnabled: false,
      syslog: false,
    };
    const settings = {
      name: "cat",
      command: "/bin/cat",
      directory: null,
      uid: null,
      serverUrl: null,
      priority: 999,
      autostart: true,
      killAsGroup: false,
      redirectStderr: false,
      startRetries: 3,
      startSeconds: 1,
      stopSignal: 15,
      stopWaitSeconds: 10,
      exitCodes: [0],
      stdout: channel,
      stderr: { ...channel, log: { type: "none" } },
    } as unknown as ProcessSettings;
    const group = { name: "cat", priority: 7 } as GroupSettings;
    daemon.settings = [
      { group, process: settings, inUse: true, isAsActive: true },
      { group, process: { ...settings, name: "fresh" }, inUse: false, isAsActive: false },
    ];
    const seen = await python(served.unixUrl, "print(json.dumps(s.supervisor.getAllConfigInfo()))");
    const first = {
      autostart: true,
      directory: "none",
      uid: "none",
      command: "/bin/cat",
      exitcodes: [0],
      group: "cat",
      group_prio: 7,
      inuse: true,
      killasgroup: false,
      name: "cat",
      process_prio: 999,
      redirect_stderr: false,
      startretries: 3,
      startsecs: 1,
      stopsignal: 15,
      stopwaitsecs: 10,
      serverurl: "none",
      stdout_capture_maxbytes: 0,
      stdout_events_enabled: false,
      stdout_logfile: "/log/cat.out",
      stdout_logfile_backups: 10,
      stdout_logfile_maxbytes: 52_428_800,
      stdout_syslog: false,
      stderr_capture_maxbytes: 0,
      stderr_events_enabled: false,
      stderr_logfile: "none",
      stderr_logfile_backups: 10,
      stderr_logfile_maxbytes: 52_428_800,
      stderr_syslog: false,
    };
    expect(seen).toEqual([first, { ...first, name: "fresh", inuse: false, stdout_logfile: "auto" }]);
  });
});
