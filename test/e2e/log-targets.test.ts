/**
 * Lines of real programs in a real receiver of Loki's push API or of NDJSON: which come, how, and what becomes of them when it
 * is slow, wrong or gone. Loki itself is not run: the receiver is as strict as Loki's documentation.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { iniFile, newDirectory, run, startDaemon, type TestDaemon } from "../helpers/daemon.ts";
import { anonymousBytes } from "../helpers/processes.ts";
import { answer, PushReceiver, take } from "../helpers/push-receiver.ts";
import { until } from "../helpers/until.ts";

const isRoot = process.getuid?.() === 0;

async function receiving(at: number | string = 0): Promise<PushReceiver> {
  const receiver = new PushReceiver();
  await receiver.start(at);
  onTestFinished(async () => {
    await receiver[Symbol.asyncDispose]();
    expect(receiver.mistakes).toEqual([]);
  });
  return receiver;
}

/** Small times, so that nobody waits. What a busy machine answers too late is sent twice, so only who counts on it has a small timeout. */
const target = (receiver: PushReceiver, more = "") =>
  `[log_target:loki]\nurl=${receiver.url}\nbatch_wait=50ms\n${more}\n`;
const program = (name: string, script: string, more = "") =>
  `[program:${name}]\ncommand=/bin/sh -c '${script.replaceAll(/%(?!\()/g, "%%")}'\nstartsecs=0\nautorestart=false\nstdout_logfile=%(here)s/${name}.log\n${more}\n`;
/** Writes a numbered line when it is told to, by a line of input. */
const told = program("told", "n=0; while read -r line; do n=$((n+1)); echo $line $n; done");
const tell = (daemon: TestDaemon, word = "line") => daemon.rpc("supervisor.sendProcessStdin", "told", `${word}\n`);
const has = (receiver: PushReceiver, text: string, limitMs = 10_000) =>
  until(`the receiver has ${text}`, () => receiver.texts.includes(text) || receiver.mistakes.length > 0, limitMs);
const metrics = async (daemon: TestDaemon) => {
  const { stdout } = await run(["curl", "-s", "--unix-socket", daemon.path("s.sock"), "http://localhost/metrics"]);
  return new Map(
    stdout
      .split("\n")
      .filter((line) => line.startsWith("spaced_log_target_"))
      .map((line) => [line.slice("spaced_log_target_".length, line.lastIndexOf(" ")), Number(line.split(" ").at(-1))]),
  );
};

describe("lines", () => {
  test("come to Loki as they are, each once and in order, with their labels, compressed", async () => {
    const receiver = await receiving();
    const directory = newDirectory();
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    const talk = String.raw`echo one; echo; printf "caf\303\251 \377\r\n"; printf 'a "q" \\\\ b\n'; echo wrong >&2`;
    writeFileSync(join(directory, "talk"), `${talk}\nprintf unfin; sleep 0.2; printf ished; exec sleep 1000\n`);
    const list = `${program("a", ". %(here)s/talk", "stderr_logfile=NONE")}${program("other", "echo never; exec sleep 1000")}
[eventlistener:ears]
command=/bin/sh -c 'echo listening >&2; printf "READY\\n"; exec sleep 1000'
events=TICK_3600
${target(receiver, 'programs=*, -other\nlabels=env="test",tag="%(program_name)s@%(host_node_name)s",process=""\nheaders=X-Scope-OrgID="acme"\nusername=me\npassword=s3cret')}`;
    await using daemon = await startDaemon(list, { directory });
    await has(receiver, "wrong");
    await has(receiver, "listening");
    await until("the line is begun", () => daemon.read("a.log").endsWith("unfinished"));
    await daemon.ctl("stop", "a");
    await has(receiver, "unfinished");
    const of = (stream: string) =>
      receiver.taken.filter(({ labels }) => labels.program === "a" && labels.stream === stream);
    expect(of("stdout").map(({ text }) => text)).toEqual(["one", "", "café \\xff", 'a "q" \\\\ b', "unfinished"]);
    expect(of("stderr").map(({ text }) => text)).toEqual(["wrong"]);
    expect(Object.keys(of("stdout")[0]?.labels ?? {})).toEqual(["env", "group", "program", "stream", "tag"]);
    expect(of("stdout")[0]?.labels).toMatchObject({ env: "test", group: "a", tag: expect.stringMatching(/^a@./) });
    const times = of("stdout").map(({ at }) => at);
    expect(times).toEqual([...times].sort((a, b) => (a < b ? -1 : 1)));
    expect(Math.abs(Number((times[0] ?? 0n) / 1_000_000n) - Date.now())).toBeLessThan(60_000);
    expect(receiver.texts).not.toContain("never");
    expect(receiver.texts.filter((text) => text.includes("READY"))).toEqual([]);
    for (const { headers, path } of receiver.requests)
      expect({ path, ...headers }).toMatchObject({
        path: "/loki/api/v1/push",
        "content-encoding": "gzip",
        "x-scope-orgid": "acme",
        authorization: `Basic ${btoa("me:s3cret")}`,
        "user-agent": expect.stringMatching(/^spaced\//),
      });
    // The log is what it always was.
    expect(daemon.read("a.log")).toContain("one\n\ncaf");
  });

  test("come as NDJSON over a unix socket, with a token that is read for each request", async () => {
    const directory = newDirectory();
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    const receiver = await receiving(join(directory, "in.sock"));
    const token = join(directory, "token");
    writeFileSync(token, "first\n");
    const url = `http://unix:${directory}/in.sock:/insert/jsonline?_msg_field=message`;
    await using daemon = await startDaemon(
      `${told}[log_target:lines]\ntype=ndjson\nurl=${url.replaceAll("%", "%%")}\nbatch_wait=20ms\ncompress=false\ntoken_file=${token}\n`,
      { directory },
    );
    await tell(daemon);
    await has(receiver, "line 1");
    writeFileSync(token, "second\n");
    await tell(daemon);
    await has(receiver, "line 2");
    expect(receiver.requests.map(({ headers }) => headers.authorization)).toEqual(["Bearer first", "Bearer second"]);
    expect(receiver.requests[0]?.path).toBe("/insert/jsonline?_msg_field=message");
    expect(receiver.requests[0]?.headers["content-type"]).toBe("application/x-ndjson");
    expect(receiver.taken[0]?.labels).toEqual({ group: "told", process: "told", program: "told", stream: "stdout" });
    renameSync(token, `${token}.gone`);
    await tell(daemon);
    await daemon.logged(/log target lines takes no lines: unix:\S+: cannot read \S+token: no such file/);
    renameSync(`${token}.gone`, token);
    await has(receiver, "line 3");
  });
});

describe("a target that fails", () => {
  test("gets every line once and in order when it is well again, whatever was wrong; all that is told once", async () => {
    const receiver = await receiving();
    await using daemon = await startDaemon(`${told}${target(receiver, "timeout=1s")}`);
    let asked = Number.POSITIVE_INFINITY;
    receiver.next.push(
      answer(500, {}, "no\ndisk"),
      (response) => {
        response.socket?.resetAndDestroy();
        return false;
      },
      (response) => {
        response.socket?.resetAndDestroy();
        return false;
      },
      () => false,
      (...parts) => {
        asked = performance.now();
        return answer(429, { "retry-after": "1" })(...parts);
      },
    );
    await tell(daemon, "first");
    await until("it is asked again", () => receiver.requests.length >= 2);
    expect((await daemon.ctl("doctor")).stdout).toMatch(
      /warn +log target +http:\/\/127\.0\.0\.1:\d+ takes no lines since/,
    );
    expect((await metrics(daemon)).get('up{target="loki"}')).toBe(0);
    await until("it has asked for patience", () => receiver.requests.length === 5, 20_000);
    await tell(daemon, "second");
    await has(receiver, "second 2", 20_000);
    expect(performance.now() - asked).toBeGreaterThan(900);
    expect(receiver.texts).toEqual(["first 1", "second 2"]);
    // What is sent again is the same, so that Loki knows it.
    const times = receiver.requests.map(({ lines }) => lines[0]?.at);
    expect(new Set(times).size).toBe(1);
    await daemon.logged(/log target loki takes lines again; none was lost/);
    const said = daemon.log.split("\n").filter((line) => line.includes("log target"));
    expect(said).toEqual([
      expect.stringMatching(
        /WARN log target loki takes no lines: http:\/\/127\.0\.0\.1:\d+: HTTP 500: no disk; at most 8MB wait$/,
      ),
      expect.stringMatching(/WARN log target loki takes lines again; none was lost$/),
    ]);
    const counted = await metrics(daemon);
    expect(
      [...counted.keys()].filter((name) => name.startsWith("failures")).map((name) => name.match(/reason="(.*)"/)?.[1]),
    ).toEqual(expect.arrayContaining(["500", "connection", "timeout", "429"]));
    expect(counted.get('sent_lines_total{target="loki"}')).toBe(2);
    expect(counted.get('queue_bytes{target="loki"}')).toBe(0);
    expect((await daemon.ctl("doctor")).stdout).toMatch(/ok +log target +http:\/\/127\.0\.0\.1:\d+ takes lines/);
    const { stdout } = await daemon.ctl("events", "--type", "log_target");
    expect(stdout).toMatch(
      /loki +failing +log target takes no lines: HTTP 500: no disk\n.*loki +well +log target takes lines again\n$/,
    );
  });

  test("loses what it refuses, and says why in harmless words without what it was sent", async () => {
    const receiver = await receiving();
    await using daemon = await startDaemon(`${told}${target(receiver, "token=hush-hush\nheaders=X-Key=also-hush")}`);
    receiver.next.push(answer(400, {}, `entry too old\x1b[2J for hush-hush\nof also-hush ${"x".repeat(100_000)}`));
    await tell(daemon);
    await daemon.logged(/has refused one line, dropped: \S+: HTTP 400: entry too old \[2J for … of … x{20,200}\n/);
    await tell(daemon);
    await has(receiver, "line 2");
    await daemon.logged(/log target loki takes lines again; one was lost/);
    expect(receiver.texts).toEqual(["line 2"]);
    const counted = await metrics(daemon);
    expect(counted.get('dropped_lines_total{target="loki",reason="refused"}')).toBe(1);
    expect((await daemon.ctl("why", "told")).stdout).toMatch(/ lacks 1 line, lost at \S+ \S+: HTTP 400: entry too old/);
    expect(counted.get('failures_total{target="loki",reason="400"}')).toBe(1);
  });

  test("and takes nothing holds up no program, and keeps the newest lines that its memory holds", async () => {
    const receiver = await receiving();
    receiver.usual = () => false;
    const flood = program(
      "flood",
      "seq -f line-%07.0f-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx 1 600000",
      "autostart=false",
    );
    await using daemon = await startDaemon(
      `${flood}${target(receiver, "timeout=2s\nbuffer_size=512KB\nbatch_size=128KB")}`,
    );
    const before = anonymousBytes(daemon.pid);
    await daemon.ctl("start", "flood");
    await daemon.reaches("flood", "EXITED");
    await daemon.logged(/log target loki does not keep up: more than 512KB wait \(buffer_size\), and the oldest/);
    expect(anonymousBytes(daemon.pid) - before).toBeLessThan(48 * 1024 * 1024);
    receiver.usual = take;
    const last = "line-0600000-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
    await has(receiver, last, 30_000);
    const [, number = ""] =
      /takes lines again; (\d+) were lost/.exec(
        await daemon.logged(/log target loki takes lines again; \d+ were lost/),
      ) ?? [];
    expect(receiver.taken.length + Number(number)).toBe(600_000);
    const numbers = receiver.texts.map((text) => Number(text.slice(5, 12)));
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    expect(numbers.length).toBeGreaterThan(5000);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect((await metrics(daemon)).get('dropped_lines_total{target="loki",reason="overflow"}')).toBe(Number(number));
    expect(daemon.log.match(/log target/g)?.length).toBeLessThanOrEqual(3);
  });
});

describe("a change of the list", () => {
  test("adds, moves and removes targets without a restart of a program", async () => {
    const [first, second] = [await receiving(), await receiving()];
    await using daemon = await startDaemon(told);
    const pid = await daemon.reaches("told", "RUNNING");
    const change = async (lines: string) => {
      writeFileSync(daemon.file, iniFile(`${told}${lines}`));
      expect((await daemon.ctl("update")).stdout).toBe("");
    };
    await tell(daemon);
    await change(target(first));
    await tell(daemon);
    await has(first, "line 2");
    // What waits for the one goes to the other.
    first.usual = answer(503);
    await tell(daemon);
    await until("it is refused", () => first.requests.length > 1);
    await change(target(second));
    await has(second, "line 3");
    await change("");
    await tell(daemon);
    await until("it is in the log", () => daemon.read("told.log").includes("line 4"));
    await change(target(second));
    await tell(daemon);
    await has(second, "line 5");
    expect([first.texts, second.texts]).toEqual([["line 2"], ["line 3", "line 5"]]);
    expect(await daemon.reaches("told", "RUNNING")).toBe(pid);
    const said = [...daemon.log.matchAll(/INFO log targets: (.*)/g)].map(([, what]) => what);
    expect(said).toEqual(["added loki", "changed loki", "removed loki", "added loki"]);
  });

  test("and a reload keep what waits", async () => {
    const receiver = await receiving();
    await receiver.stop();
    await using daemon = await startDaemon(`${told}${target(receiver)}`);
    await tell(daemon, "before");
    await daemon.logged(/takes no lines: \S+: connection refused/);
    await daemon.ctl("reload");
    await daemon.logged(/RUNNING state.*RUNNING state/s);
    await daemon.reaches("told", "RUNNING");
    await tell(daemon, "after");
    await receiver.start();
    await has(receiver, "after 1", 20_000);
    expect(receiver.texts).toEqual(["before 1", "after 1"]);
  });
});

describe("the end of the daemon", () => {
  const last = program("a", 'trap "echo bye; exit 0" TERM; echo up; while :; do sleep 0.05; done');

  test("takes the last lines along, without waiting for others to come", async () => {
    const receiver = await receiving();
    await using daemon = await startDaemon(`${last}${target(receiver, "batch_wait=1h")}`);
    await until("it is up", () => daemon.read("a.log") === "up\n");
    daemon.signal("SIGTERM");
    expect((await daemon.over()).code).toBe(0);
    expect(receiver.texts).toEqual(["up", "bye"]);
    expect(daemon.log).not.toContain("lost");
  });

  test("is two seconds later at most when a target hangs, and tells what it has cost", async () => {
    const receiver = await receiving();
    receiver.usual = () => false;
    await using daemon = await startDaemon(`${last}${target(receiver, "timeout=60s")}`);
    await until("it hangs", () => receiver.requests.length > 0);
    const begin = performance.now();
    daemon.signal("SIGTERM");
    expect((await daemon.over()).code).toBe(0);
    expect(performance.now() - begin).toBeLessThan(4000);
    expect(daemon.log).toMatch(/WARN log target loki: 2 lines lost by its end: time is over\n$/);
  });

  test.runIf(isRoot)(
    "does not wait for the address of a name that no server tells, which is asked for once",
    async () => {
      const directory = newDirectory();
      onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
      mkdirSync(join(directory, "etc"));
      writeFileSync(join(directory, "etc/resolv.conf"), "nameserver 127.0.0.1\noptions timeout:30\n");
      // Whoever is asked takes the question, notes it, and says nothing.
      const silent = join(directory, "silent.py");
      writeFileSync(
        silent,
        `import socket\ns = socket.socket(2, 2)\ns.bind(("127.0.0.1", 53))\nwhile True:\n  asked = s.recv(999)\n  open("${directory}/asked", "ab").write(asked[:2].hex().encode() + b"\\n")\n`,
      );
      const within = `mount --bind ${directory}/etc/resolv.conf /etc/resolv.conf && ip link set lo up && /usr/bin/python3 ${silent} & sleep 0.3; exec "$@"`;
      const wrap = ["unshare", "--mount", "--net", "sh", "-c", within, "sh"];
      const list = `${last}[log_target:loki]\nurl=http://loki.example/push\nbatch_wait=10ms\ntimeout=300ms\n`;
      await using daemon = await startDaemon(list, { wrap });
      const late = 'failures_total{target="loki",reason="timeout"}';
      await daemon.logged(/takes no lines: http:\/\/loki\.example: no address of loki\.example within 300ms/);
      await until("it has tried again", async () => Number((await metrics(daemon)).get(late)) >= 2);
      // The addresses of IPv4 and of IPv6, asked for once: each question holds a thread.
      expect(readFileSync(join(directory, "asked"), "utf8").trim().split("\n").length).toBeLessThanOrEqual(2);
      const begin = performance.now();
      await daemon.ctl("shutdown");
      expect((await daemon.over()).code).toBe(0);
      expect(performance.now() - begin).toBeLessThan(5000);
    },
  );
});

test("without a target nothing is told of any", async () => {
  await using daemon = await startDaemon(told);
  expect((await metrics(daemon)).size).toBe(0);
  expect((await daemon.ctl("doctor")).stdout).not.toContain("log target");
});
