/** What our own keys can say that contradicts itself, another section or the machine. */
import { describe, expect, test } from "vitest";
import { checkFile } from "../../src/config/check.ts";
import { complaints, environment, folder, write } from "./files.ts";
import { machine } from "./machine.ts";

const list = (text: string) => `[supervisord]\n${text}\n`;
const program = (lines: string) => list(`[program:p]\ncommand=x\n${lines}`);

describe("one section", () => {
  test.each([
    [
      "has one check",
      "healthcheck_http=http://localhost/\nhealthcheck_interval=5s\nhealthcheck_command=true\nhealthcheck_file=/x",
      "6:21 error healthcheck_http and healthcheck_command are two checks of one program (keep one of them)",
      "7:18 error healthcheck_http and healthcheck_file are two checks of one program (keep one of them)",
    ],
    [
      "has one signal of readiness",
      "ready_log=up\nready_fd=3",
      "5:10 error ready_log and ready_fd are two signals of readiness of one program (keep one of them)",
    ],
    ["reports on a descriptor that is free", "ready_fd=2", "4:10 error 2 is less than 3"],
    ["reports on a descriptor that is low", "ready_fd=10", "4:10 error 10 is more than 9"],
    [
      "is killed above the limit, not below",
      "memory_limit=512MB\nmemory_limit_hard=256MB",
      "5:19 error memory_limit_hard is below memory_limit (the hard limit kills at once and is the higher one)",
    ],
    [
      "waits longer and longer",
      "restart_delay=2m",
      "4:15 error restart_delay_max is below restart_delay (it is what the delay grows to)",
    ],
    [
      "ends the daemon only if it ends itself",
      "autorestart=true\non_exit=shutdown",
      "5:9 error on_exit=shutdown never happens with autorestart=true (autorestart=false, or unexpected to start it again after a failure only)",
    ],
    [
      "is done or starts again",
      "type=oneshot\nautorestart=true",
      "4:6 error a oneshot with autorestart=true is never done (autorestart=unexpected runs it again until it succeeds)",
    ],
    [
      "ends the daemon or is tried again",
      "on_fatal=shutdown\nretry_after=5m",
      "5:13 error retry_after never happens with on_fatal=shutdown (keep one of them)",
    ],
    [
      "has a file for what is asked of it",
      "stdout_logfile=NONE\nstdout_logfile_rotate=daily\nredirect_stderr=true\nstderr_logfile_compress=true",
      "5:1 warning stdout_logfile_rotate has no effect: stdout goes to no file",
      "7:1 warning stderr_logfile_compress has no effect: stderr goes to no file",
    ],
    [
      "keeps rotated files that are to be kept",
      "stdout_logfile_backups=0\nstdout_logfile_rotate=daily\nstdout_logfile_max_age=7d\nstdout_logfile_compress=true",
      "5:1 warning stdout_logfile_rotate empties the file, as stdout_logfile_backups=0 keeps no other",
      "6:1 warning stdout_logfile_max_age has no effect with stdout_logfile_backups=0",
      "7:1 warning stdout_logfile_compress has no effect with stdout_logfile_backups=0",
    ],
    [
      "rotates what is to be removed",
      "numprocs=2\nprocess_name=%(process_num)d\nstdout_logfile=/tmp/%(process_num)d.log\nstdout_logfile_maxbytes=0\nstdout_logfile_max_age=7d",
      "8:1 warning stdout_logfile_max_age has no effect: the file is never rotated (stdout_logfile_rotate=daily rotates it)",
    ],
    [
      "keeps as many files as their age asks for",
      "stderr_logfile_rotate=hourly\nstderr_logfile_max_age=7d",
      "5:1 warning stderr_logfile_max_age is not reached: only 10 files of an hour each are kept (stderr_logfile_backups=168 keeps them all)",
    ],
    [
      "has one value of a variable",
      'environment=TOKEN="a"\nsecrets=TOKEN=/etc/passwd',
      "5:1 warning TOKEN is set by environment and by secrets: the secret is taken",
    ],
    [
      "has no key without an effect",
      "healthcheck_interval=5s\nhealthcheck_file_max_age=5s\nmemory_limit_action=stop\ncpu_limit_for=1m\nmax_runtime_jitter=10%\nwatch_ignore=*.log\nschedule_overlap=queue\npids_limit=5\ncgroup=off",
      "4:1 warning healthcheck_interval has no effect without healthcheck_http or healthcheck_tcp or healthcheck_command or healthcheck_file",
      "5:1 warning healthcheck_file_max_age has no effect without healthcheck_file",
      "6:1 warning memory_limit_action has no effect without memory_limit",
      "7:1 warning cpu_limit_for has no effect without cpu_limit",
      "8:1 warning max_runtime_jitter has no effect without max_runtime",
      "9:1 warning watch_ignore has no effect without watch",
      "10:1 warning schedule_overlap has no effect without schedule",
      "11:1 warning pids_limit has no effect with cgroup=off",
    ],
    [
      "names files that are there",
      "env_file=/nonexistent/a.env, /etc\nsecrets=A=/etc/passwd, B=/nonexistent/b",
      "4:10 warning cannot read /nonexistent/a.env: no such file (it is read at each start, which fails without it)",
      "4:30 warning cannot read /etc: it is no regular file (it is read at each start, which fails without it)",
      "5:26 warning cannot read /nonexistent/b, for B: no such file (it is read at each start, which fails without it)",
    ],
  ])("%s", async (_name, lines, ...expected) => {
    expect((await complaints("section.conf", program(lines))).sort(byLine)).toEqual(expected);
  });

  const byLine = (a: string, b: string) => Number.parseInt(a, 10) - Number.parseInt(b, 10);

  test("may be a oneshot that never stays up, or restart every night and after every end", async () => {
    expect(await complaints("fine.conf", program("type=oneshot\nstartsecs=5"))).toEqual([]);
    expect(await complaints("fine.conf", program("autorestart=true\nschedule=0 4 * * *"))).toEqual([]);
  });

  test("is an event listener and no oneshot", async () => {
    const text = list("[eventlistener:l]\ncommand=x\nevents=TICK_5\ntype=oneshot");
    expect(await complaints("listener.conf", text)).toEqual([
      "5:6 error an event listener is no oneshot (it runs as long as there are events)",
    ]);
  });

  test("may leave keys of [DEFAULT] without their effect", async () => {
    expect(await complaints("default.conf", `[DEFAULT]\nhealthcheck_interval=5s\n${program("")}`)).toEqual([]);
  });

  test("is told once what is wrong with all its processes", async () => {
    const lines = "numprocs=3\nprocess_name=p%(process_num)d\nhealthcheck_tcp=localhost:%(process_num)d99999";
    expect(await complaints("once.conf", program(lines))).toEqual([
      "6:17 error port 099999 is not 1 to 65535 (host:port, as in localhost:5432)",
    ]);
  });
});

describe("names of others", () => {
  const others = "[program:db]\ncommand=x\n[program:web]\ncommand=x\n";

  test.each([
    [
      "have to be there",
      `${others}depends_on=bd, nobody`,
      "6:12 error [program:web] depends on unknown program bd (did you mean db)",
      "6:16 error [program:web] depends on unknown program nobody",
    ],
    [
      "with a condition that is one",
      `${others}depends_on=db:startd`,
      "6:12 error [program:web] depends on unknown program db:startd (did you mean db:started)",
    ],
    [
      "can become healthy, if that is waited for",
      `${others}depends_on=db:healthy`,
      "6:12 error db has no way to become healthy: web would wait in vain (give it a healthcheck, ready_log or ready_fd, or wait for started)",
    ],
    [
      "can be completed, if that is waited for",
      `${others}depends_on=db:completed`,
      "6:12 error db is no oneshot: it is never completed (type=oneshot in its section, or wait for started)",
    ],
    [
      "do not run in a circle",
      `[program:web]\ncommand=x\ndepends_on=db, api\n[program:db]\ncommand=x\n[program:api]\ncommand=x\ndepends_on=web`,
      "9:12 error the dependencies run in a circle: api -> web -> api (one of them has to start without the other)",
    ],
    [
      "are not its own",
      `${others}depends_on=web`,
      "6:12 error the dependencies run in a circle: web -> web (one of them has to start without the other)",
    ],
    [
      "are not those of its own group",
      `${others}depends_on=app\n[group:app]\nprograms=db,web`,
      "6:12 error the dependencies run in a circle: web -> web (one of them has to start without the other)",
    ],
    [
      "are not those of its own process",
      `[program:w]\ncommand=x\nnumprocs=2\nprocess_name=%(process_num)d\ndepends_on=w:%(process_num)d`,
      "6:12 error the dependencies run in a circle: w -> w (one of them has to start without the other)",
    ],
  ])("%s", async (_name, text, ...expected) => {
    expect(await complaints("names.conf", list(text))).toEqual(expected);
  });

  test.each([
    ["a group, whichever its programs", "[group:app]\nprograms=db\n[program:web]\ncommand=x\ndepends_on=app, app:db"],
    ["a check of any kind", "[program:web]\ncommand=x\ndepends_on=db:healthy\n[program:db2]\ncommand=x"],
    [
      "a process that waits for the one before it",
      "[program:web]\ncommand=x\nnumprocs=2\nprocess_name=%(process_num)d\ndepends_on=db",
    ],
    ["an event listener", "[eventlistener:l]\ncommand=x\nevents=TICK_5\n[program:web]\ncommand=x\ndepends_on=l"],
    [
      "a FastCGI program",
      "[fcgi-program:f]\ncommand=x\nsocket=tcp://localhost:1\n[program:web]\ncommand=x\ndepends_on=f",
    ],
  ])("can be %s", async (_name, text) => {
    expect(await complaints("fine.conf", list(`[program:db]\ncommand=x\nready_log=up\n${text}`))).toEqual([]);
  });

  test("are not unknown because of another mistake in their section", async () => {
    const text = "[program:db]\n[program:web]\ncommand=x\ndepends_on=db";
    expect(await complaints("broken.conf", list(text))).toEqual([
      "2:1 error program section program:db does not specify a command",
    ]);
  });

  test("in exit_code_from are a program's or a group's", async () => {
    expect(await complaints("exit.conf", "[supervisord]\nexit_code_from=wbe\n[program:web]\ncommand=x\n")).toEqual([
      "2:16 error exit_code_from names unknown program wbe (did you mean web)",
    ]);
    const fine = "[supervisord]\nexit_code_from=g\n[group:g]\nprograms=web\n[program:web]\ncommand=x\n";
    expect(await complaints("exit.conf", fine)).toEqual([]);
  });

  test("that depend on a long round are shown in part", async () => {
    const sections = Array.from(
      { length: 30 },
      (_, index) => `[program:p${index}]\ncommand=x\ndepends_on=p${(index + 1) % 30}\n`,
    );
    const [found] = await complaints("round.conf", list(sections.join("")));
    expect(found).toContain("p0 -> p1 -> p2 -> p3 -> p4 -> p5 -> p6 -> p7 -> p8 -> p9 -> … -> p0");
  });
});

test("check shows all of it with its line, a mark and what was meant", async () => {
  write(
    "bad.conf",
    `[supervisord]
shutdown_timeout=25sec
[program:web]
command=php-fpm
depends_on=db:healthy, migrat:completed
healthcheck_http=localhost:80/ping
memory_limit=256
cpu_limit=2
on_fatal=shutdwn
schedule=0 25 * * *
[program:db]
command=mysqld
[program:migrate]
command=bin/migrate
type=onshot
`,
  );
  const { text, exitCode } = await checkFile("bad.conf", machine(folder, environment));
  expect(exitCode).toBe(2);
  expect(text).toBe(`bad.conf:2:18: error: not a duration: '25sec'
    shutdown_timeout=25sec
                     ^~~~~
    hint: did you mean 25s
bad.conf:5:12: error: db has no way to become healthy: web would wait in vain
    depends_on=db:healthy, migrat:completed
               ^~
    hint: give it a healthcheck, ready_log or ready_fd, or wait for started
bad.conf:5:24: error: [program:web] depends on unknown program migrat
    depends_on=db:healthy, migrat:completed
                           ^~~~~~
    hint: did you mean migrate
bad.conf:6:18: error: not an address for HTTP: 'localhost:80/ping'
    healthcheck_http=localhost:80/ping
                     ^~~~~~~~~~~~~~~~~
    hint: did you mean http://localhost:80/ping
bad.conf:7:14: error: 256 bytes is less than 1MB
    memory_limit=256
                 ^~~
    hint: did you mean 256MB
bad.conf:8:11: error: '2' has no percent sign
    cpu_limit=2
              ^
    hint: 200% is 2 processors
bad.conf:9:10: error: 'shutdwn' is not one of ignore, shutdown
    on_fatal=shutdwn
             ^~~~~~~
    hint: did you mean shutdown
bad.conf:10:12: error: 25 is no hour
    schedule=0 25 * * *
               ^~~~~~~~
    hint: hour: 0 to 23, * for each, lists a,b, ranges a-b, steps */n
bad.conf:15:6: error: 'onshot' is not one of simple, oneshot
    type=onshot
         ^~~~~~
    hint: did you mean oneshot
bad.conf: 9 errors
`);
});

test("places in YAML are those of the items", async () => {
  const text = `programs:
  a:
    command: x
    depends_on:
      - b
      - "c:healthy"
    secrets:
      GOOD: /etc/passwd
      2BAD: /x
  b: {command: x, depends_on: {a: , d: started}}
  c: {command: x, watch: {ignore: x}, memory: {limit: lots}}
`;
  expect((await complaints("places.yaml", text)).sort()).toEqual([
    "10:37 error [program:b] depends on unknown program d (did you mean a)",
    "11:27 warning watch_ignore has no effect without watch",
    "11:55 error not a size: 'lots' (sizes are 64KB, 256MB, 1GB; a bare number is bytes)",
    "5:9 error the dependencies run in a circle: a -> b -> a (one of them has to start without the other)",
    "6:9 error c has no way to become healthy: a would wait in vain (give it a healthcheck, ready_log or ready_fd, or wait for started)",
    "9:7 error '2BAD' is no name of a variable",
  ]);
});
