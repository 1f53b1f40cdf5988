import { describe, expect, test } from "vitest";
import type { Config } from "../../src/core/program.ts";
import { complaints, config, folder, refusal, write } from "./files.ts";

const first = (read: Config) => {
  const process = read.groups[0]?.processes[0];
  if (process === undefined) throw new Error("no process");
  return process;
};

/** Everything but what only one of the two forms can say. */
const meaning = ({ daemon, servers, rpcInterfaces, groups }: Config) => ({ daemon, servers, rpcInterfaces, groups });

describe("the YAML form", () => {
  test("means the same as the ini form, key by key", async () => {
    const yaml = await config(
      "same.yaml",
      `
supervisord:
  logfile: /tmp/d.log
  nodaemon: true
  minfds: 2000
  loglevel: debug
  logformat: json
  environment: {COMMON: all, N: 5}
unix_http_server:
  file: "%(here)s/s.sock"
  chmod: 0770
  username: u
  password: p
inet_http_server: {port: 9001}
programs:
  web:
    command: [/bin/sh, -c, "echo 'it''s' $HOME; exit 3"]
    environment: {A: b, QUOTED: "say \\"hi\\", it's", EMPTY: , NUMBER: 1.50, TRUTH: true}
    numprocs: 2
    process_name: "%(program_name)s_%(process_num)02d"
    autorestart: true
    exitcodes: [0, 2]
    stopsignal: int
    stdout:
      logfile: "/tmp/%(program_name)s-%(process_num)d.log"
      logfile_maxbytes: 1MB
      capture_maxbytes: 100
      events_enabled: yes
    stderr_logfile: none
    umask: 027
    log: {passthrough: true}
groups:
  all: {programs: [web, app], priority: 5}
fcgi_programs:
  app: {command: x, socket: {owner: nobody}, socket_mode: 0700}
eventlisteners:
  ears: {command: x, events: [tick_5, PROCESS_STATE], buffer_size: 3}
`.replace("socket: {owner: nobody}, socket_mode: 0700", "socket: unix:///tmp/a.sock, socket_mode: 0700"),
    );
    const ini = await config(
      "same.ini",
      `[supervisord]
logfile=/tmp/d.log
nodaemon=true
minfds=2000
loglevel=debug
logformat=json
environment=COMMON=all,N=5
[unix_http_server]
file=%(here)s/s.sock
chmod=0770
username=u
password=p
[inet_http_server]
port=9001
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[program:web]
command=/bin/sh -c 'echo '"'"'it'"'"''"'"'s'"'"' $HOME; exit 3'
environment=A=b,EMPTY="",NUMBER="1.50",TRUTH=true
numprocs=2
process_name=%(program_name)s_%(process_num)02d
autorestart=true
exitcodes=0,2
stopsignal=int
stdout_logfile=/tmp/%(program_name)s-%(process_num)d.log
stdout_logfile_maxbytes=1MB
stdout_capture_maxbytes=100
stdout_events_enabled=yes
stderr_logfile=none
umask=027
log_passthrough=true
[group:all]
programs=web,app
priority=5
[fcgi-program:app]
command=x
socket=unix:///tmp/a.sock
socket_mode=0700
[eventlistener:ears]
command=x
events=tick_5, PROCESS_STATE
buffer_size=3
`,
    );
    const text = JSON.stringify(meaning(yaml)).replaceAll(/"QUOTED":"say \\"hi\\", it's",/g, "");
    const strip = (json: string) => JSON.parse(json.replaceAll("'\"'\"'", "'"));
    expect(strip(text)).toEqual(strip(JSON.stringify(meaning(ini))));
    expect(yaml.groups.find(({ name }) => name === "all")?.processes[0]?.environment).toMatchObject({
      QUOTED: `say "hi", it's`,
    });
  });

  test("quotes the words of a command for the splitter", async () => {
    const text = `programs: {p: {command: [printf, "a b", "it's", "", "$x", --opt=v]}}\n`;
    expect(first(await config("words.yaml", text)).command).toBe(`printf 'a b' 'it'"'"'s' '' '$x' --opt=v`);
  });

  test("expands names as in ini, and once only in variables", async () => {
    const text = `programs: {p: {command: "%(ENV_A)s %(here)s %%", environment: {A: "%(program_name)s 50%%"}}}\n`;
    const process = first(await config("names.yaml", text));
    expect(process.command).toBe(`p 50% ${folder} %`);
    expect(process.environment).toEqual({ A: "p 50%" });
  });

  test("takes variables as a map, as NAME=value, and as ini does", async () => {
    for (const [index, text] of ["{A: 'x,y', B: 2}", "['A=x,y', B=2]", "'A=\"x,y\",B=2'"].entries()) {
      const read = await config(`variables${index}.yaml`, `programs: {p: {command: x, environment: ${text}}}\n`);
      expect(first(read).environment).toEqual({ A: "x,y", B: "2" });
    }
  });

  test("needs no supervisord section and has the RPC interface without asking", async () => {
    const read = await config("bare.yaml", "programs: {p: {command: x}}\n");
    expect(read.rpcInterfaces).toEqual(["supervisor"]);
    expect((await config("empty.yaml", "")).groups).toEqual([]);
  });

  test("takes the default for a key without a value", async () => {
    expect(first(await config("null.yaml", "programs: {p: {command: x, user: , startsecs: ~}}\n")).startSeconds).toBe(
      1,
    );
  });

  test("shares by anchors and merge keys", async () => {
    const text = `x-base: &base {autostart: false, startsecs: 7}\nprograms:\n  p: {<<: *base, command: x, startsecs: 2}\n`;
    expect(first(await config("merge.yaml", text))).toMatchObject({ autostart: false, startSeconds: 2 });
  });

  test("is told from ini by the name, else by the first line", async () => {
    const yaml = "# a list\n\nprograms:\n  p: {command: x}\n";
    expect((await config("sniffed.conf", yaml)).groups).toHaveLength(1);
    expect((await config("sniffed", `---\n${yaml}`)).groups).toHaveLength(1);
    expect(await refusal("not.ini", yaml)).toContain("File contains no section headers.");
    expect(await refusal("colon.conf", "foo: bar\n")).toContain("File contains no section headers.");
  });

  test("includes ini and is included by it", async () => {
    write("mixed/one.conf", "[program:one]\ncommand=%(here)s/one\n[program:main]\nstartsecs=9\n");
    write("mixed/two words.yaml", "programs: {two: {command: '%(here)s/two'}}\n");
    const yaml = await config(
      "mixed.yaml",
      "programs: {main: {command: m}}\ninclude: {files: [mixed/*.conf, 'mixed/two words.yaml']}\n",
    );
    const ini = await config("mixed.ini", "[supervisord]\n[program:main]\ncommand=m\n[include]\nfiles=mixed/*\n");
    expect(ini.groups).toEqual(yaml.groups);
    expect(yaml.groups.map(({ processes }) => processes[0]?.command)).toEqual([
      "m",
      `${folder}/mixed/one`,
      `${folder}/mixed/two`,
    ]);
    expect(yaml.files).toEqual(
      ["mixed.yaml", "mixed/one.conf", "mixed/two words.yaml"].map((file) => `${folder}/${file}`),
    );
  });
});

describe("a server that names no file", () => {
  test("has its socket, and the daemon its process id, where whoever starts it may write", async () => {
    const { servers, daemon } = await config("placed.yaml", "unix_http_server: {chmod: '0770'}\n");
    expect(servers).toMatchObject([{ path: "/run/spaced/spaced.sock", mode: 0o770 }]);
    expect(daemon.pidfile).toBe("/run/spaced/spaced.pid");
    const own = await config("own-pid.yaml", "unix_http_server:\nsupervisord: {pidfile: /tmp/own.pid}\n");
    expect([own.servers.length, own.daemon.pidfile]).toEqual([1, "/tmp/own.pid"]);
    expect((await config("none.yaml", "programs: {}\n")).servers).toEqual([]);
  });

  test("is a mistake in ini, as ever", async () => {
    expect(await refusal("placed.conf", "[supervisord]\n[unix_http_server]\n")).toBe(
      "section [unix_http_server] has no file value",
    );
  });
});

describe("mistakes in YAML have a place", () => {
  test.each([
    ["a top-level name", "prgrams: {}\n", "1:1 warning unknown section prgrams is ignored (did you mean programs)"],
    [
      "a key",
      "programs:\n  p:\n    command: x\n    startsec: 1\n",
      "4:5 warning unknown key startsec is ignored (did you mean startsecs)",
    ],
    [
      "a nested key",
      "programs:\n  p:\n    command: x\n    stdout: {logfil: x}\n",
      "4:14 warning unknown key stdout.logfil is ignored (did you mean logfile)",
    ],
    [
      "a nested key that is near only with its map",
      "programs:\n  p:\n    command: x\n    log: {passthru: true}\n",
      "4:11 warning unknown key log.passthru is ignored (did you mean passthrough)",
    ],
    [
      "a nested key with its whole name",
      "programs:\n  p:\n    command: x\n    stdout: {stdout_logfile: x}\n",
      "4:14 warning unknown key stdout.stdout_logfile is ignored (did you mean logfile)",
    ],
    [
      "a nested key that another name stands for",
      "programs:\n  p:\n    command: x\n    watch: {path: x}\n",
      "4:13 warning unknown key watch.path is ignored (did you mean paths)",
    ],
    [
      "a key that is nested where it is not",
      "programs:\n  p:\n    command: x\n    restart: {autorestart: true}\n",
      "4:15 warning unknown key restart.autorestart is ignored (autorestart stands beside restart, not in it)",
    ],
    [
      "a nested key that is like none",
      "programs:\n  p:\n    command: x\n    memory: {most: 1GB}\n",
      "4:14 warning unknown key memory.most is ignored (known here: limit, limit_hard, limit_action)",
    ],
    [
      "a key of another section",
      "programs:\n  p:\n    command: x\n    socket: x\n",
      "4:5 warning unknown key socket is ignored (socket belongs to fcgi_programs.x)",
    ],
    [
      "a value",
      "programs:\n  p:\n    command: x\n    startsecs: soon\n",
      "4:16 error invalid literal for int() with base 10: 'soon' (a whole number is needed)",
    ],
    [
      "a list for one value",
      "programs:\n  p: {command: x, startsecs: [1]}\n",
      "2:30 error programs.p.startsecs is a list, but takes one value",
    ],
    [
      "a map for one value",
      "programs:\n  p: {command: {a: b}}\n",
      "2:16 error programs.p.command is a map, but takes a list or a value",
    ],
    [
      "a list of lists",
      "programs:\n  p: {command: [[x]]}\n",
      "2:17 error programs.p.command is a list of plain values only",
    ],
    ["no map", "programs: [p]\n", "1:11 error programs must be a map"],
    ["no map at the top", "- a\n", "1:1 error the top level must be a map"],
    ["a repeated key", "programs:\n  p: {command: x}\n  p: {command: y}\n", "3:3 error p appears twice in programs"],
    ["syntax", "programs: {p\n", expect.stringMatching(/^2:1 error /)],
    [
      "a name of a variable",
      "programs:\n  p: {command: x, environment: {A=B: c}}\n",
      "2:33 error A=B is no name of a variable",
    ],
    [
      "a variable without a value",
      "programs:\n  p: {command: x, environment: [AB]}\n",
      "2:32 error programs.p.environment is a list of NAME=value",
    ],
    [
      "an include in an included file",
      "include: [nested.yaml]\n",
      expect.stringMatching(/^1:1 warning an included file cannot include others/),
    ],
  ])("%s", async (name, text, complaint) => {
    write("nested.yaml", "include: [nested.yaml]\n");
    expect(await complaints(`${name}.yaml`, text)).toContainEqual(complaint);
  });

  test("an unknown alias is an error, not a crash", async () => {
    expect(await refusal("alias.yaml", "programs: *nope\n")).toBe("alias.yaml:1:11: there is no anchor &nope above");
  });

  test("values that begin with a sign of YAML's are told to stand in quotes", async () => {
    const hint = "(text that begins so stands in quotes)";
    expect(await complaints("here.yaml", "unix_http_server: { file: %(here)s/s.sock }\n")).toEqual([
      `1:27 error Plain value cannot start with directive indicator character % ${hint}`,
    ]);
    expect(await complaints("any.yaml", "inet_http_server: { port: *:9001 }\n")).toContain(
      `1:27 error there is no anchor &:9001 above ${hint}`,
    );
  });

  test("aliases cannot blow a list up", async () => {
    const laugh = ["x-0: &a0 [l, l, l, l, l, l, l, l, l]"];
    for (let n = 1; n < 12; n++)
      laugh.push(
        `x-${n}: &a${n} [${Array(9)
          .fill(`*a${n - 1}`)
          .join(", ")}]`,
      );
    expect(await refusal("laugh.yaml", `${laugh.join("\n")}\nprograms: {p: {command: *a11}}\n`)).toContain(
      "plain values only",
    );
    const wide = `x-m: &m {${Array.from({ length: 3000 }, (_, n) => `k${n}: v`).join(", ")}}\nprograms:\n`;
    const users = Array.from({ length: 3000 }, (_, n) => `  p${n}: {<<: *m}\n`).join("");
    expect(await refusal("wide.yaml", wide + users)).toBe("the aliases of wide.yaml stand for too much");
  });

  test("a map that merges itself ends", async () => {
    expect(await refusal("self.yaml", "programs: &a {p: {<<: *a}}\n")).toContain("does not specify a command");
    expect(await refusal("knot.yaml", "programs: &a\n  <<: *a\n")).toContain("nested too deeply");
  });

  test.each(["[", "{a: ", "- "])("deep nesting of %s is refused", async (open) => {
    expect(await refusal("deep.yaml", `programs: \n  ${open.repeat(100_000)}\n`)).toMatch(
      /nested too deeply|too large for YAML/,
    );
  });
});
