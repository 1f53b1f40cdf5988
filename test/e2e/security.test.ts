/** What docs/security.md claims: what is told nowhere, who may reach what, whom the daemon becomes. */
import { chmodSync, lstatSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { execa } from "execa";
import { afterEach, expect, test } from "vitest";
import { binaries, newDirectory, startDaemon, type TestDaemon } from "../helpers/daemon.ts";
import { freePort } from "../helpers/port.ts";
import { PushReceiver } from "../helpers/push-receiver.ts";
import type { Value } from "../helpers/rpc.ts";
import { until } from "../helpers/until.ts";

const isRoot = process.getuid?.() === 0;

const folders: string[] = [];
afterEach(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
});

function folder(): string {
  const made = newDirectory();
  folders.push(made);
  return made;
}

/** One for each way in. */
const hidden = [
  ...["environment", "env_file", "secrets", "supervisord", "daemon", "hook", "url"],
  ...["target-path", "target-header", "target-password", "target-file"],
].map((way) => `hush-${way}-7f3a91`);
const [own, ofFile, ofSecret, ofAll, ofDaemon, ofHook, ofUrl, ofPath, ofHeader, ofPassword, ofTokenFile] = hidden;

const list = (port: number, receiver: PushReceiver) => `[inet_http_server]
port=127.0.0.1:${port}
[log_target:with-password]
url=${receiver.url}/${ofPath}?key=${ofPath}
headers=X-Key="${ofHeader}"
username=me
password=${ofPassword}
batch_wait=50ms
[log_target:with-file]
url=${receiver.url}/${ofPath}
token_file=%(here)s/target-token
batch_wait=50ms
[log_target:absent]
url=http://127.0.0.1:1/${ofPath}
token=${ofPassword}
[program:up]
command=/bin/sh -c 'test -n "$OWN$OF_FILE$OF_SECRET$OF_ALL$OF_DAEMON" && echo ready; exec sleep 1000'
environment=OWN="${own}"
env_file=%(here)s/a.env
secrets=OF_SECRET=%(here)s/secret
pre_start_command=/bin/sh -c 'test -n "$OWN"'
healthcheck_command=/bin/sh -c 'test -z "$OWN"'
healthcheck_interval=1s
healthcheck_retries=1
healthcheck_action=none
memory_limit=500MB
[program:crashing]
command=/bin/sh -c 'exit 3'
environment=OWN="${own}"
env_file=%(here)s/a.env
startretries=1
[program:absent]
command=/no/such/program
environment=OWN="${own}"
startretries=0
[program:hooked]
command=sleep 1000
environment=OF_HOOK="${ofHook}"
pre_start_command=/bin/sh -c 'test -z "$OF_HOOK"'
startretries=0
healthcheck_http=http://me:${ofUrl}@127.0.0.1:1/
[program:broken]
command=sleep 1000
env_file=%(here)s/broken.env
startretries=0
[eventlistener:ears]
command=/bin/sh -c 'echo READY; exec sleep 1000'
environment=OWN="${own}"
events=EVENT
`;

function fetched(at: { port: number } | { socketPath: string }, path: string, method = "GET"): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const asked = request({ ...at, host: "127.0.0.1", path, method, agent: false }, (response) => {
      text += `${response.statusCode} ${JSON.stringify(response.headers)}\n`;
      response.setEncoding("utf8");
      // A log that is followed does not end by itself.
      if (/logtail|live\b|follow=1/.test(path)) setTimeout(() => asked.destroy(), 300).unref();
      response.on("data", (more: string) => {
        text += more;
      });
      response.on("close", () => resolve(text));
    });
    asked.on("error", (error) => (text === "" ? reject(error) : resolve(text)));
    asked.setTimeout(10_000, () => asked.destroy(new Error(`${path} does not answer`))).end();
  });
}

const addresses = [
  "/",
  "/index.html",
  "/tail.html?processname=up",
  "/logtail/up",
  "/logtail/up/stderr",
  "/mainlogtail",
  "/events",
  "/events?follow=1",
  "/events?since=soon",
  "/live",
  "/live/log?process=up&process=crashing&process=hooked&tail=100000",
  "/logs",
  "/logs/files?log=/nowhere",
];
const probes = [
  "/metrics",
  "/livez",
  "/readyz",
  "/healthz",
  "/ok.html",
  "/nowhere",
  "/index.html?action=restart&processname=nobody",
];
const commands = [
  ["status"],
  ["status", "--json"],
  ["avail"],
  ["avail", "--json"],
  ["describe", "all"],
  ["describe", "--json", "all"],
  ["why"],
  ["why", "up", "crashing", "absent", "hooked", "broken"],
  ["why", "--json"],
  ["health"],
  ["health", "--json"],
  ["doctor"],
  ["doctor", "--json"],
  ["check"],
  ["pid", "all"],
  ["tail", "up"],
  ["tail", "up", "stderr"],
  ["maintail", "-100000"],
  ["reread"],
  ["update"],
  ["start", "absent"],
  ["start", "hooked"],
  ["start", "broken"],
  ["signal", "HUP", "crashing"],
  ["version"],
  ["events"],
  ["events", "--json"],
  ["logs"],
  ["logs", "-t", "-n", "all"],
  ["logs", "--json"],
  ["roll", "crashing"],
  ["scale", "up=1"],
  ["completion", "bash"],
];

/** Arguments that make sense to as many methods as possible. */
const argumentSets: readonly (readonly Value[])[] = [
  [],
  ["up"],
  ["broken", false],
  ["up", 0, 100_000],
  [0, 100_000],
  ["up", "x"],
  ["up:*"],
];
const endings = /shutdown|restart$|stop|removeProcessGroup|clear|multicall/;

async function everyOperation(daemon: TestDaemon): Promise<string[]> {
  const methods = (await daemon.rpc("system.listMethods")) as string[];
  expect(methods.length).toBeGreaterThan(30);
  const said: string[] = [];
  for (const method of [
    ...methods,
    "spaced.overview",
    "spaced.report",
    "spaced.settings",
    "spaced.health",
    "spaced.usage",
  ].filter((name) => !endings.test(name)))
    for (const given of argumentSets)
      said.push(
        await daemon.rpc(method, ...given).then(
          (value) => `${method} ${JSON.stringify(value)}`,
          (error: unknown) => `${method} ${String(error)}`,
        ),
      );
  return said;
}

test("no value of a variable or a secret is told by any operation, page, command, log or file", async () => {
  const directory = folder();
  const port = await freePort();
  const write = (name: string, text: string) => writeFileSync(join(directory, name), text, { mode: 0o600 });
  write("a.env", `OF_FILE=${ofFile}\n`);
  write("secret", `${ofSecret}\n`);
  write("target-token", `${ofTokenFile}\n`);
  await using receiver = new PushReceiver();
  await receiver.start(0);
  // It says what it was sent.
  receiver.usual = (response, { headers, path }) => {
    const credentials = Buffer.from(headers.authorization?.split(" ")[1] ?? "", "base64");
    response.writeHead(401).end(`${path} ${headers.authorization} ${headers["x-key"]} ${credentials}`);
    return false;
  };
  write("broken.env", `FINE=${ofFile}\nA='${ofFile}\n`);
  await using daemon = await startDaemon(list(port, receiver), {
    directory,
    daemonKeys: `loglevel=blather\nenvironment=OF_ALL="${ofAll}"\n`,
    env: { OF_DAEMON: ofDaemon ?? "" },
  });
  await daemon.reaches("up", "RUNNING");
  for (const name of ["crashing", "absent", "hooked", "broken"]) await daemon.reaches(name, "FATAL");
  const environment = readFileSync(`/proc/${(await daemon.info("up")).pid}/environ`, "utf8");
  for (const value of [own, ofFile, ofSecret, ofAll, ofDaemon]) expect(environment).toContain(value);
  await until("a check has failed", () => /unhealthy/i.test(daemon.log));
  await until("targets have refused", () => (daemon.log.match(/has refused|takes no lines/g)?.length ?? 0) >= 3);
  const sent = receiver.requests.map(
    ({ headers }) =>
      `${Buffer.from(headers.authorization?.split(" ")[1] ?? "", "base64")} ${headers.authorization} ${headers["x-key"]}`,
  );
  for (const value of [ofHeader, ofPassword, ofTokenFile]) expect(sent.join("\n")).toContain(value);

  const said: string[] = await everyOperation(daemon);
  for (const path of [...addresses, ...probes]) {
    said.push(`${path} ${await fetched({ port }, path)}`);
    said.push(`${path} ${await fetched({ socketPath: daemon.path("s.sock") }, path)}`);
  }
  for (const words of commands) {
    const { stdout, stderr } = await daemon.ctl(...words);
    said.push(`spacectl ${words.join(" ")}\n${stdout}${stderr}`);
  }
  said.push(
    `offers ${(await execa(binaries.ctl[0] ?? "", ["_complete", "zsh", "-c", daemon.file, "stop", ""])).stdout}`,
  );
  // Lines of progress are for terminals.
  const restart = [...binaries.ctl, "-c", daemon.file, "restart", "up", "hooked", "crashing"].join(" ");
  const shown = await execa("script", ["-qec", restart, "/dev/null"], { reject: false, env: { TERM: "xterm" } });
  said.push(`progress ${shown.stdout}`);
  expect(said.join("\n")).toMatch(/^offers words\n(.*\n)*up\t/m);
  for (const told of ["text/event-stream", '"type":"happened"', '"hook":"pre_start"', "STARTING", "RUNNING in"])
    expect(said.some((text) => text.includes(told)) || told).toBe(true);
  // A list that cannot be read is told to whoever asked, and to the log.
  const before = readFileSync(daemon.file, "utf8");
  for (const mistake of [
    `environment=OWN`,
    `environment=OWN="${own}`,
    `environment=OWN="${own}",%(nothing)s`,
    `environment=A=B,${own}`,
    `environment=OWN=x;${own}`,
    `environment=OWN=x #${own}`,
    `environment=OWN=$${own}`,
    `password=${ofPassword}%s`,
    `password=${ofPassword}%(nothing)s`,
    `headers=X-Key=${ofHeader},B`,
    `headers=X-Key=${ofHeader}%s`,
  ]) {
    const key = mistake.startsWith("environment") ? "environment=OWN" : mistake.split("=")[0];
    writeFileSync(daemon.file, before.replace(new RegExp(`^${key}=.*$`, "m"), mistake));
    said.push(`mistake ${JSON.stringify(await daemon.ctl("reread"))}`);
  }
  expect(said.join("\n")).toContain("ERROR: CANT_REREAD: Unexpected end of key/value pairs in value '…' in section");
  daemon.signal("SIGHUP");
  await daemon.logged(/the value of OWN ends|cannot restart/);
  writeFileSync(daemon.file, before);
  said.push(`stop ${JSON.stringify(await daemon.ctl("stop", "all"))}`);
  daemon.signal("SIGTERM");
  await daemon.over();
  said.push(`daemon's output ${daemon.stdout}${daemon.stderr}`);
  const inputs = new Set(["a.env", "secret", "broken.env", "target-token", "s.conf"]);
  for (const name of readdirSync(directory).filter((each) => !inputs.has(each)))
    if (lstatSync(join(directory, name)).isFile()) said.push(`${name} ${daemon.read(name)}`);
  expect(said.join("\n")).toContain("ready");
  expect(
    said.filter((text) => hidden.some((value) => text.includes(value))).map((text) => text.slice(0, 2000)),
  ).toEqual([]);
}, 120_000);

test("the control socket is its owner's alone, and TCP listens only where it is asked to", async () => {
  await using daemon = await startDaemon("[program:a]\ncommand=sleep 1000\n");
  expect(lstatSync(daemon.path("s.sock")).mode & 0o777).toBe(0o700);
  const inodes = new Set(
    readdirSync(`/proc/${daemon.pid}/fd`).flatMap((fd) => {
      try {
        return [/^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${daemon.pid}/fd/${fd}`))?.[1] ?? ""];
      } catch {
        return [];
      }
    }),
  );
  const tcp = ["tcp", "tcp6", "udp", "udp6"].flatMap((table) =>
    readFileSync(`/proc/${daemon.pid}/net/${table}`, "utf8").split("\n"),
  );
  expect(
    tcp.map((line) => line.trim().split(/\s+/)[9] ?? "").filter((inode) => inode !== "" && inodes.has(inode)),
  ).toEqual([]);
});

test.runIf(isRoot)("the daemon becomes user= with the groups of that user, and so do its programs", async () => {
  const directory = folder();
  chmodSync(directory, 0o777);
  await using daemon = await startDaemon("[program:a]\ncommand=sleep 1000\n", {
    directory,
    daemonKeys: "user=nobody\n",
  });
  const child = await daemon.reaches("a", "RUNNING");
  for (const pid of [daemon.pid, child]) {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    expect(status).toMatch(/^Uid:\t65534\t65534\t65534\t65534$/m);
    expect(status).toMatch(/^Gid:\t65534\t65534\t65534\t65534$/m);
    expect(status).toMatch(/^Groups:\t65534 $/m);
    expect(status).toMatch(/^CapEff:\t0+$/m);
  }
});

const visitors = {
  nobody: {},
  wrong: { authorization: `Basic ${btoa("ops:guess")}` },
  "with a token": { authorization: "Bearer metrics-token" },
  guest: { authorization: `Basic ${btoa("guest:look")}` },
  ops: { authorization: `Basic ${btoa("ops:pass")}` },
} as const;
/** Stopping nobody: a fault of the one that is asked is an answer. */
const stop =
  "<methodCall><methodName>supervisor.stopProcess</methodName><params><param><value>nobody</value></param></params></methodCall>";
const scale = stop
  .replace("supervisor.stopProcess", "spaced.scale")
  .replace("</params>", "<param><value><int>1</int></value></param></params>");
const look = "<methodCall><methodName>spaced.overview</methodName></methodCall>";

/** 200, or `may only look` where it is refused by what is asked for rather than by the server. */
async function asks(url: string, headers: Readonly<Record<string, string>>, [path, body]: readonly [string, string?]) {
  const abort = new AbortController();
  const method = body === undefined ? "GET" : "POST";
  const response = await fetch(`${url}${path}`, { method, headers, body: body ?? null, signal: abort.signal });
  const text = method === "POST" && path === "/RPC2" ? await response.text() : "";
  abort.abort();
  return text.includes("may only look") ? "may only look" : response.status;
}

const faces: readonly (readonly [string, string?])[] = [
  ...["/", "/events", "/events?follow=1", "/live", "/live/log?process=a", "/logs", "/logtail/a", "/mainlogtail"].map(
    (path) => [path] as const,
  ),
  ["/web/nothing"],
  ["/logs/parts", "[]"],
  ["/logs/follow", "[]"],
  ["/RPC2", look],
  ["/RPC2", stop],
  ["/RPC2", scale],
];

test("whoever may look may see events, logs and the live page, and nobody else but who may do everything", async () => {
  const port = await freePort();
  const server = (keys: string) =>
    `[inet_http_server]\nport=127.0.0.1:${port}\n${keys}\n[program:a]\ncommand=sleep 1000\n`;
  const matrix = async (keys: string) => {
    await using daemon = await startDaemon(server(keys));
    await daemon.reaches("a", "RUNNING");
    const rows: Record<string, (string | number)[]> = {};
    for (const [who, headers] of Object.entries(visitors)) {
      rows[who] = [];
      for (const face of faces) rows[who]?.push(await asks(`http://127.0.0.1:${port}`, headers, face));
    }
    return rows;
  };
  const all = (status: number) => Array(faces.length).fill(status);
  const found = all(200);
  found[faces.findIndex(([path]) => path.startsWith("/web/"))] = 404;
  const everybody = Object.fromEntries(Object.keys(visitors).map((who) => [who, found]));
  expect(await matrix("")).toEqual(everybody);
  const guest = [...found.slice(0, -2), "may only look", "may only look"];
  const guarded = { nobody: all(401), wrong: all(401), "with a token": all(403), guest, ops: found };
  const keys =
    "username=ops\npassword=pass\nreadonly_username=guest\nreadonly_password=look\nmetrics_token=metrics-token";
  expect(await matrix(`${keys}\npublic=health,metrics`)).toEqual(guarded);
  expect(await matrix("username=ops\npassword=pass")).toEqual({
    ...Object.fromEntries(Object.keys(visitors).map((who) => [who, all(401)])),
    ops: found,
  });
});
