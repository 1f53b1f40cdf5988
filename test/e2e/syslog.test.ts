/**
 * Programs and the daemon itself in the system's log: in a mount namespace whose /dev/log is the test's own
 * log daemon, beside Python's syslog(3) as the measure.
 */
import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type DaemonOptions, newDirectory, root, run, startDaemon, type TestDaemon } from "../helpers/daemon.ts";
import { anonymousBytes } from "../helpers/processes.ts";
import { SyslogDaemon } from "../helpers/syslog.ts";
import { until } from "../helpers/until.ts";

const isRoot = process.getuid?.() === 0;
/** Runs "$@" with a /dev that has nothing but what a container's has, and a log that is $1's. */
const withLog = `set -e
dev=$(mktemp -d "$1/dev.XXXXXX")
mount -t tmpfs none "$dev"
for name in null zero urandom random; do touch "$dev/$name"; mount --bind "/dev/$name" "$dev/$name"; done
for fd in 0:stdin 1:stdout 2:stderr; do ln -s "/proc/self/fd/\${fd%:*}" "$dev/\${fd#*:}"; done
ln -s /proc/self/fd "$dev/fd"
ln -s "$1/log" "$dev/log"
mount --bind "$dev" /dev
shift
exec "$@"`;

let directory: string;
let syslog: SyslogDaemon;

beforeEach(() => {
  directory = newDirectory();
  syslog = new SyslogDaemon(join(directory, "log"));
});
afterEach(async () => {
  await syslog.end();
  rmSync(directory, { recursive: true, force: true });
});

const wrap = (): string[] => [
  "unshare",
  ...(isRoot ? [] : ["--map-root-user"]),
  "--mount",
  "sh",
  "-c",
  withLog,
  "sh",
  directory,
];

const start = (programs: string, options: DaemonOptions = {}): Promise<TestDaemon> =>
  startDaemon(programs, { ...options, wrap: wrap() });

const hasText = (text: string) => until(`syslog has ${text}`, () => syslog.texts.includes(text));

describe("a program with stdout_syslog or stderr_syslog", () => {
  test("has each of its lines in syslog as syslog(3) sends them, and in its file as they were", async () => {
    await syslog.start();
    const echo = `sh -c 'echo one; printf "two\\n\\nthr"; sleep 0.2; printf "ee\\nlast"; echo wrong >&2; exec sleep 1000'`;
    await using daemon = await start(
      `[program:a]\nstartsecs=0\ncommand=${echo.replaceAll("%", "%%")}\nstdout_syslog=true\nstderr_syslog=true\nstdout_logfile=%(here)s/a.log\nstderr_logfile=NONE\n`,
    );
    for (const text of ["one", "two", "", "three"]) await hasText(`spaced: a ${text}`);
    await hasText("spaced: a wrong");
    await until("the file has all", () => daemon.read("a.log") === "one\ntwo\n\nthree\nlast");
    // A line is one when it has ended, or its program has.
    expect(syslog.texts).not.toContain("spaced: a last");
    await daemon.ctl("stop", "a");
    await hasText("spaced: a last");
    const python = 'import syslog; syslog.openlog("spaced"); syslog.syslog("a one")';
    const [unshare = "", ...words] = wrap();
    // Both within one second, sooner or later.
    await until("the same message from both", async () => {
      const before = syslog.messages.length;
      await daemon.ctl("start", "a");
      await run([unshare, ...words, "/usr/bin/python3", "-c", python]);
      const messages = syslog.messages.slice(before).filter((message) => message.endsWith("spaced: a one"));
      await daemon.ctl("stop", "a");
      return messages.length === 2 && messages[0] === messages[1];
    });
  });

  test("has one file or none beside it, as its *_logfile says, also with the old spelling", async () => {
    await syslog.start();
    await using daemon = await start(
      "[program:a]\ncommand=sh -c 'echo out; echo err >&2; exec sleep 1000'\nstdout_logfile=syslog\nredirect_stderr=true\n",
    );
    await hasText("spaced: a out");
    await hasText("spaced: a err");
    expect(daemon.log).toMatch(/WARN For \[program:a\], stdout_logfile=syslog but this is deprecated/);
    expect((await daemon.ctl("tail", "a")).stdout).toBe("a: ERROR (no log file)\n");
  });

  test("goes on when there is no syslog, with one warning, and is in it again when there is", async () => {
    await using daemon = await start(
      "[program:a]\ncommand=sh -c 'while :; do echo tick; sleep 0.01; done'\nstdout_syslog=true\nstdout_logfile=NONE\n",
    );
    const warning =
      "cannot write /dev/log: no such file or directory; what it should hold is lost until this is mended";
    await daemon.logged(new RegExp(`WARN ${warning}`), 20_000);
    await syslog.start();
    await hasText("spaced: a tick");
    await daemon.logged(/WARN writing \/dev\/log again; \d+ lines were lost/);
    expect(daemon.log.split(warning)).toHaveLength(2);
    expect((await daemon.info("a")).statename).toBe("RUNNING");
  });

  test("that floods syslog costs the daemon neither answers nor memory, whether syslog hangs or keeps up", async () => {
    await syslog.start();
    syslog.signal("SIGSTOP");
    await using daemon = await start(
      "[program:a]\ncommand=yes 'a line of a flood'\nautostart=false\nstdout_syslog=true\nstdout_logfile=NONE\n",
    );
    const before = anonymousBytes(daemon.pid);
    await daemon.ctl("start", "a");
    await daemon.logged(/WARN cannot write \/dev\/log: its reader is too slow/);
    await answersPromptly(daemon);
    syslog.signal("SIGCONT");
    await hasText("spaced: a a line of a flood");
    await answersPromptly(daemon);
    expect(anonymousBytes(daemon.pid) - before).toBeLessThan(64 * 1024 * 1024);
    await daemon.ctl("stop", "a");
    expect((await daemon.info("a")).statename).toBe("STOPPED");
  });
});

async function answersPromptly(daemon: TestDaemon): Promise<void> {
  for (let asked = 0; asked < 20; asked++) {
    const before = performance.now();
    await daemon.rpc("supervisor.getAllProcessInfo");
    expect(performance.now() - before).toBeLessThan(1000);
  }
}

describe("the daemon with logfile=syslog", () => {
  test("has its log there under the name it was called by, and keeps no file", async () => {
    await syslog.start();
    mkdirSync(join(directory, "bin"));
    symlinkSync(join(root, "bin/spaced"), join(directory, "bin/supervisord"));
    const binaries = { daemon: [join(directory, "bin/supervisord")], ctl: [join(root, "bin/spacectl")] };
    const config = `[unix_http_server]
file=%(here)s/s.sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://%(here)s/s.sock
[supervisord]
logfile=syslog
pidfile=%(here)s/s.pid
[program:a]
command=sleep 1000
`;
    await using daemon = await start(config, { binaries });
    const pid = await daemon.reaches("a", "RUNNING");
    const spawned = new RegExp(
      `^supervisord: \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d,\\d{3} INFO spawned: 'a' with pid ${pid}$`,
    );
    await until("the log tells of a", () => syslog.texts.some((text) => spawned.test(text)));
    expect((await daemon.ctl("maintail")).stdout).toBe("supervisord: ERROR (no log file)\n");
    // The screen has it, too, as in any foreground.
    expect(daemon.stdout).toContain(`INFO spawned: 'a' with pid ${pid}`);
    daemon.signal("SIGUSR2");
    await until("it opens its logs again", () =>
      syslog.texts.some((text) => text.endsWith("INFO supervisord logreopen")),
    );
    daemon.signal("SIGTERM");
    await daemon.over();
    expect(syslog.texts.at(-1)).toMatch(/INFO stopped: a|WARN stopped: a/);
  });
});
