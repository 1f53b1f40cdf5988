/**
 * Programs that others have written for supervisord's XML-RPC, used unchanged: a Prometheus exporter in Go, two npm
 * packages, Python's standard library and curl. Each must find the real states, process ids and texts.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, utimesSync } from "node:fs";
import { SupervisordClient } from "node-supervisord";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import xmlrpc from "xmlrpc";
import { run, startDaemon, type TestDaemon } from "../helpers/daemon.ts";
import { freePort } from "../helpers/port.ts";
import { until } from "../helpers/until.ts";

const credentials = { username: "admin", password: "s3:cret" };

const programs = (port: number, securePort: number): string => `[inet_http_server]
port=127.0.0.1:${port}
[inet_http_server:secure]
port=127.0.0.1:${securePort}
username=${credentials.username}
password=${credentials.password}
[program:cat]
command=/bin/cat
startsecs=0
stdout_logfile=%(here)s/cat.log
[program:worker]
command=/bin/sleep 1000
process_name=%(program_name)s_%(process_num)02d
numprocs=2
startsecs=0
[program:off]
command=/bin/sleep 1000
autostart=false
[program:ended]
command=/bin/sh -c 'exit 7'
startsecs=0
autorestart=false
[program:failing]
command=/bin/false
startretries=0
`;

let daemon: TestDaemon;
let port: number;
let securePort: number;

beforeAll(async () => {
  [port, securePort] = [await freePort(), await freePort()];
  daemon = await startDaemon(programs(port, securePort));
  for (const name of ["cat", "worker:worker_00", "worker:worker_01"]) await daemon.reaches(name, "RUNNING");
  await daemon.reaches("ended", "EXITED");
  await daemon.reaches("failing", "FATAL");
});
afterAll(async () => {
  await daemon?.end();
});

const pidOf = async (name: string): Promise<number> => (await daemon.info(name)).pid;

describe("prometheus-node-exporter's supervisord collector", () => {
  /** The lines about supervisord that the exporter serves when it asks `url`. */
  async function metrics(url: string): Promise<string[]> {
    const listen = await freePort();
    const exporter: ChildProcess = spawn(
      "prometheus-node-exporter",
      [
        "--collector.disable-defaults",
        "--collector.supervisord",
        `--collector.supervisord.url=${url}`,
        "--web.disable-exporter-metrics",
        `--web.listen-address=127.0.0.1:${listen}`,
      ],
      { stdio: "ignore" },
    );
    try {
      const text = await until("the exporter serves", async () =>
        (await fetch(`http://127.0.0.1:${listen}/metrics`)).text(),
      );
      return text.split("\n").filter((line) => /^node_(supervisord|scrape_collector_success)/.test(line));
    } finally {
      exporter.kill();
      await once(exporter, "exit");
    }
  }

  test.each([
    ["http", () => `http://127.0.0.1:${port}/RPC2`],
    ["a unix socket", () => `unix://${daemon.path("s.sock")}`],
  ])("finds every process with its state, exit status and start time over %s", async (_title, url) => {
    const lines = await metrics(url());
    const value = (metric: string, name: string, group = name): number => {
      const start = `node_supervisord_${metric}{group="${group}",name="${name}"} `;
      return Number(lines.find((line) => line.startsWith(start))?.slice(start.length) ?? Number.NaN);
    };
    const values = (metric: string): number[] => [
      value(metric, "cat"),
      value(metric, "worker_00", "worker"),
      value(metric, "worker_01", "worker"),
      value(metric, "off"),
      value(metric, "ended"),
      value(metric, "failing"),
    ];
    expect(lines).toContain('node_scrape_collector_success{collector="supervisord"} 1');
    expect(values("up")).toEqual([1, 1, 1, 0, 0, 0]);
    expect(values("state")).toEqual([20, 20, 20, 0, 100, 200]);
    expect(values("exit_status")).toEqual([0, 0, 0, 0, 7, 0]);
    const started = await daemon.rpc("supervisor.getProcessInfo", "cat");
    expect(value("start_time_seconds", "cat")).toBe((started as { start: number }).start);
    expect(lines.filter((line) => line.startsWith("node_supervisord_up{"))).toHaveLength(6);
  });
});

describe("npm's node-supervisord", () => {
  const client = (): SupervisordClient => new SupervisordClient(`http://127.0.0.1:${port}`);

  test("asks what there is", async () => {
    const s = client();
    expect(await s.getAPIVersion()).toBe("3.0");
    expect(await s.getSupervisorVersion()).toBe("4.2.5");
    expect(await s.getIdentification()).toBe("supervisor");
    expect(await s.getState()).toEqual({ statecode: 1, statename: "RUNNING" });
    expect(await s.getPID()).toBe(daemon.pid);
    const all = await s.getAllProcessInfo();
    expect(all.map(({ group, name, statename }) => `${group}:${name} ${statename}`)).toEqual([
      "cat:cat RUNNING",
      "ended:ended EXITED",
      "failing:failing FATAL",
      "off:off STOPPED",
      "worker:worker_00 RUNNING",
      "worker:worker_01 RUNNING",
    ]);
    const info = await s.getProcessInfo("cat");
    expect(info).toMatchObject({ pid: await pidOf("cat"), state: 20, stdout_logfile: daemon.path("cat.log") });
    const config = (await s.getAllConfigInfo()) as unknown as { name: string; command: string; autostart: boolean }[];
    expect(config.find(({ name }) => name === "off")).toMatchObject({ command: "/bin/sleep 1000", autostart: false });
    expect(await s.listMethods()).toContain("supervisor.signalAllProcesses");
    expect(await s.methodSignature("supervisor.startProcess")).toEqual(["boolean", "string", "boolean"]);
  });

  test("starts, stops, signals and talks to processes", async () => {
    const s = client();
    expect(await s.startProcess("off", false)).toBe(true);
    const pid = await until("off has a process", () => pidOf("off"));
    expect(await s.stopProcess("off", true)).toBe(true);
    expect((await daemon.info("off")).statename).toBe("STOPPED");
    expect(pid).toBeGreaterThan(0);
    const before = await pidOf("worker:worker_00");
    const stopped = (await s.stopProcessGroup("worker", true)) as unknown;
    const each = (name: string) => ({ name, group: "worker", status: 80, description: "OK" });
    expect(stopped).toEqual([each("worker_00"), each("worker_01")]);
    expect(await s.startProcessGroup("worker", true)).toEqual([each("worker_00"), each("worker_01")]);
    expect(await pidOf("worker:worker_00")).not.toBe(before);
    expect(await s.signalProcess("worker:worker_00", "SIGCONT" as never)).toBe(true);
    expect(await s.sendProcessStdin("cat", "from npm: grüße € & <b>\n")).toBe(true);
    await until("it is logged", async () => (await s.readProcessStdoutLog("cat", 0, 0)) !== "");
    expect(await s.readProcessStdoutLog("cat", 0, 0)).toBe("from npm: grüße € & <b>\n");
    expect(await s.tailProcessStdoutLog("cat", 0, 100)).toEqual(["from npm: grüße € & <b>\n", 28, false]);
    expect(await s.clearProcessLogs("cat")).toBe(true);
    expect(await s.readProcessStdoutLog("cat", 0, 0)).toBe("");
  });

  test("is told of what it did wrong by number and name", async () => {
    const s = client();
    await expect(s.getProcessInfo("nosuch")).rejects.toMatchObject({ faultCode: 10, faultString: "BAD_NAME: nosuch" });
    await expect(s.stopProcess("off", true)).rejects.toMatchObject({ faultCode: 70, faultString: "NOT_RUNNING: off" });
    await expect(s.readProcessStdoutLog("cat", -1, 5)).rejects.toMatchObject({ faultCode: 3 });
  });

  test("is let in with the right password only", async () => {
    const url = `http://127.0.0.1:${securePort}`;
    expect(await new SupervisordClient(url, credentials).getPID()).toBe(daemon.pid);
    await expect(new SupervisordClient(url, { ...credentials, password: "no" }).getPID()).rejects.toMatchObject({
      res: { statusCode: 401 },
    });
  });
});

describe("npm's xmlrpc", () => {
  const call = (options: Parameters<typeof xmlrpc.createClient>[0], method: string, ...params: unknown[]) =>
    new Promise<unknown>((resolve, reject) => {
      xmlrpc.createClient({ path: "/RPC2", ...options }).methodCall(method, params, (error, value) => {
        if (error === null || error === undefined) resolve(value);
        else reject(error);
      });
    });

  test("reads structs, arrays, numbers, booleans and strings", async () => {
    const at = { host: "127.0.0.1", port };
    const info = (await call(at, "supervisor.getProcessInfo", "ended")) as Record<string, unknown>;
    expect(info).toMatchObject({ name: "ended", group: "ended", state: 100, exitstatus: 7, pid: 0 });
    expect(info.spawnerr).toBe("Bad exit code 7");
    expect(await call(at, "system.methodHelp", "supervisor.getPID")).toMatch(
      /^Tells the process id of the daemon\.\s+@return int/,
    );
    expect(
      await call(at, "system.multicall", [
        { methodName: "supervisor.getPID", params: [] },
        { methodName: "supervisor.getProcessInfo", params: ["nosuch"] },
        { methodName: "supervisor.sendRemoteCommEvent", params: ["a", "b"] },
      ]),
    ).toEqual([daemon.pid, { faultCode: 10, faultString: "BAD_NAME: nosuch" }, true]);
    await expect(call(at, "supervisor.nosuch")).rejects.toMatchObject({ faultCode: 1, faultString: "UNKNOWN_METHOD" });
  });

  test("is served over the unix socket and with a password", async () => {
    expect(await call({ socketPath: daemon.path("s.sock") }, "supervisor.getPID")).toBe(daemon.pid);
    const basic_auth = { user: credentials.username, pass: credentials.password };
    expect(await call({ host: "127.0.0.1", port: securePort, basic_auth }, "supervisor.getPID")).toBe(daemon.pid);
  });
});

describe("Python's xmlrpc.client", () => {
  async function python(script: string, url = `http://127.0.0.1:${port}/RPC2`): Promise<unknown> {
    const prelude = `import json, xmlrpc.client\ns = xmlrpc.client.ServerProxy(${JSON.stringify(url)})\n`;
    const { code, stdout, stderr } = await run(["/usr/bin/python3", "-c", prelude + script]);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    return JSON.parse(stdout);
  }

  test("asks and acts over one connection", async () => {
    const [pid, before, during, after, states] = (await python(`
before = s.supervisor.getProcessInfo("worker:worker_01")["pid"]
s.supervisor.stopProcess("worker:worker_01")
during = s.supervisor.getProcessInfo("worker:worker_01")["statename"]
s.supervisor.startProcess("worker:worker_01")
after = s.supervisor.getProcessInfo("worker:worker_01")["pid"]
print(json.dumps([s.supervisor.getPID(), before, during, after, sorted({p["statename"] for p in s.supervisor.getAllProcessInfo()})]))
`)) as unknown[];
    expect(pid).toBe(daemon.pid);
    expect(during).toBe("STOPPED");
    expect(after).toBe(await pidOf("worker:worker_01"));
    expect(after).not.toBe(before);
    expect(states).toEqual(["EXITED", "FATAL", "RUNNING", "STOPPED"]);
  });

  test("gets faults as faults, batches as batches, and logs as they are", async () => {
    expect(
      await python(`
names = ["supervisor.getVersion", "supervisor.getState", "supervisor.startProcess"]
out = s.system.multicall([{"methodName": name, "params": ["nosuch"][: name.endswith("Process")]} for name in names])
for ask in (lambda: s.supervisor.startProcess("worker:worker_00"), lambda: s.supervisor.signalProcess("cat", "NOPE")):
    try:
        ask()
    except xmlrpc.client.Fault as f:
        out.append([f.faultCode, f.faultString])
s.supervisor.clearProcessLogs("cat")
s.supervisor.sendProcessStdin("cat", "tab\\tquote\\" \\u20ac \\U0001f600\\n")
while not s.supervisor.readProcessStdoutLog("cat", 0, 0).endswith("\\n"):
    pass
out.append(s.supervisor.readProcessStdoutLog("cat", 0, 0))
print(json.dumps(out))
`),
    ).toEqual([
      "3.0",
      { statecode: 1, statename: "RUNNING" },
      { faultCode: 10, faultString: "BAD_NAME: nosuch" },
      [60, "ALREADY_STARTED: worker:worker_00"],
      [11, "BAD_SIGNAL: NOPE"],
      'tab\tquote" € 😀\n',
    ]);
  });

  test("is let in with the right password only", async () => {
    const url = (password: string): string => `http://admin:${password}@127.0.0.1:${securePort}/RPC2`;
    expect(await python("print(s.supervisor.getPID())", url("s3%3Acret"))).toBe(daemon.pid);
    const refused = `
try:
    s.supervisor.getPID()
except xmlrpc.client.ProtocolError as e:
    print(json.dumps([e.errcode, e.errmsg]))
`;
    expect(await python(refused, url("wrong"))).toEqual([401, "Unauthorized"]);
  });
});

describe("curl", () => {
  const curl = async (...words: string[]): Promise<string> => {
    const { code, stdout, stderr } = await run(["curl", "-sS", "--max-time", "20", ...words]);
    expect([code, stderr]).toEqual([0, ""]);
    return stdout;
  };
  const body = "<methodCall><methodName>supervisor.getPID</methodName></methodCall>";

  test("calls a method over the unix socket and over http", async () => {
    const unix = ["--unix-socket", daemon.path("s.sock"), "http://localhost/RPC2"];
    for (const where of [unix, [`http://127.0.0.1:${port}/RPC2`]])
      expect(await curl(...where, "-H", "Content-Type: text/xml", "-d", body)).toContain(
        `<value><int>${daemon.pid}</int></value>`,
      );
  });

  test("is refused without a password, and let in with it", async () => {
    const url = `http://127.0.0.1:${securePort}/RPC2`;
    const status = ["-o", "/dev/null", "-w", "%{http_code} %header{www-authenticate}"];
    expect(await curl(...status, url, "-d", body)).toBe('401 Basic realm="default"');
    expect(await curl(...status, "-u", `${credentials.username}:${credentials.password}`, url, "-d", body)).toBe(
      "200 ",
    );
  });

  test("is told of a log that it follows what supervisord tells of it", async () => {
    const told = ["last-modified", "content-type", "x-accel-buffering", "transfer-encoding"];
    const headersOf = async (address: string) => {
      const url = `http://127.0.0.1:${address}`;
      const { stdout } = await run(["curl", "-sN", "-D", "-", "-o", "/dev/null", "--max-time", "0.5", url]);
      const lines = stdout.toLowerCase().split("\r\n");
      return lines.filter((line) => told.includes(line.split(":")[0] ?? "")).sort();
    };
    const otherPort = await freePort();
    const programs = `[inet_http_server]\nport=127.0.0.1:${otherPort}\n[program:cat]\ncommand=/bin/cat\nstdout_logfile=%(here)s/cat.log\n`;
    const binaries = { daemon: ["/usr/bin/supervisord"], ctl: ["/usr/bin/supervisorctl"] };
    await using reference = await startDaemon(programs, { binaries });
    await until("the reference has a log", () => existsSync(reference.path("cat.log")));
    const when = new Date("2020-02-03T04:05:06.789Z");
    for (const file of [daemon.path("cat.log"), reference.path("cat.log")]) utimesSync(file, when, when);
    const logs = await Promise.all([port, otherPort].map((each) => headersOf(`${each}/logtail/cat`)));
    expect(logs[0]).toEqual(logs[1]);
    expect(logs[0]).toContain("last-modified: mon, 03 feb 2020 04:05:06 gmt");
    const masked = (headers: string[]) =>
      headers.map((line) => line.replace(/: \w{3}, \d\d \w{3} \d{4} [\d:]+ /, ": DATE "));
    const mainLogs = await Promise.all([port, otherPort].map((each) => headersOf(`${each}/mainlogtail`)));
    expect(masked(mainLogs[0] ?? [])).toEqual(masked(mainLogs[1] ?? []));
    expect(mainLogs[0]?.join()).toMatch(/last-modified: \w/);
  });

  test("shows the status page and follows a log", async () => {
    const page = await curl(`http://127.0.0.1:${port}/`);
    expect(page).toContain("<title>supervisor: running</title>");
    expect(page).toContain(`pid ${await pidOf("cat")}, uptime `);
    await daemon.rpc("supervisor.clearProcessLogs", "cat");
    await daemon.rpc("supervisor.sendProcessStdin", "cat", "past\n");
    await until("it is logged", () => daemon.read("cat.log") === "past\n");
    const follower = spawn("curl", ["-sN", "--max-time", "20", `http://127.0.0.1:${port}/logtail/cat`]);
    let seen = "";
    follower.stdout.setEncoding("utf8").on("data", (text: string) => {
      seen += text;
    });
    try {
      await until("the past", () => seen === "past\n");
      await daemon.rpc("supervisor.sendProcessStdin", "cat", "present\n");
      await until("the present", () => seen === "past\npresent\n");
    } finally {
      follower.kill();
    }
  });
});
