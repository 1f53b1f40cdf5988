/** `spacectl doctor` in containers as they are: with and without a daemon, as root and as a user, with things in the way. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { Finding } from "../../src/core/diagnosis.ts";
import { binaries, iniFile, newDirectory, run, startDaemon } from "../helpers/daemon.ts";
import { until } from "../helpers/until.ts";

const directory = newDirectory();
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const isRoot = process.getuid?.() === 0;
const asNobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
const plain = { PATH: process.env.PATH ?? "", TZ: "UTC" };

interface Told {
  readonly daemon: number | null;
  readonly ok: boolean;
  readonly findings: readonly Finding[];
  readonly facts: { readonly identity: { readonly uid: number }; readonly processes: { readonly pid: number } };
}

function list(sections: string): string {
  const file = join(directory, "d.conf");
  writeFileSync(file, iniFile(sections));
  return file;
}

const doctor = (
  file: string,
  words: readonly string[] = [],
  wrap: readonly string[] = [],
  env: NodeJS.ProcessEnv = plain,
) => run([...wrap, ...binaries.ctl, "-c", file, "doctor", ...words], { cwd: "/", env });

async function told(file: string, wrap: readonly string[] = []): Promise<Told> {
  return JSON.parse((await doctor(file, ["--json"], wrap)).stdout) as Told;
}

const about = ({ findings }: Told, topic: string): Finding | undefined => findings.find((each) => each.topic === topic);

test("a list that asks for nothing special is fine, and the page fits a terminal of 80 columns", async () => {
  const { stdout, code } = await doctor(list("[program:a]\ncommand=/bin/sleep 1000\nstopwaitsecs=5\n"));
  expect(stdout).toContain("No daemon answers.");
  expect(stdout).toMatch(/^ {2}ok {4}program list {3,}what its one process asks for can be had$/m);
  expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(code).toBe(0);
});

test("what cannot work is named with the program, the file, the line and the fix, and the exit status is 1", async () => {
  const file = list(
    "[program:a]\ncommand=/bin/sleep 1000\nrlimit_nofile=unlimited\n[program:b]\ncommand=/no/such/thing\n",
  );
  const { stdout, code } = await doctor(file);
  const flat = stdout.replace(/\n +/g, " ");
  expect(flat).toMatch(
    /FAIL +rlimit_nofile +cannot set rlimit_nofile=unlimited: the kernel allows at most \d+ open files/,
  );
  expect(flat).toContain(`in a (${file}:14)`);
  expect(flat).toMatch(/FAIL +command +can't find command '\/no\/such\/thing' in b \(.*:16\)/);
  expect(stdout).toContain("2 things that are asked for cannot work here");
  expect(code).toBe(1);
});

test("a list with errors has exit status 2, and the container is described all the same", async () => {
  const { stdout, code } = await doctor(list("[program:a]\ncommand=/bin/true\nnumprocs=many\n"));
  expect(stdout).toMatch(/^ {2}FAIL {2}program list/m);
  expect(stdout).toContain("spacectl check");
  expect(stdout).toMatch(/^ {2}ok {4}runtime +Node 26/m);
  expect(code).toBe(2);
  // The reference's text of lines that cannot be read has line ends and tabs.
  const broken = await doctor(list("[program:a]\nthis is\nno list\n"));
  expect(broken.stdout).toContain("[line ");
  expect(broken.stdout).not.toContain("?");
});

test.runIf(isRoot)("to a user it says what only root may", async () => {
  const seen = await told(list("[program:a]\ncommand=/bin/sleep 1000\nuser=root\nnice=-5\n"), asNobody);
  expect(seen).toMatchObject({ daemon: null, ok: false, facts: { identity: { uid: 65_534 } } });
  expect(about(seen, "user")?.found).toMatch(/uid 65534/);
  expect(
    seen.findings
      .filter(({ level }) => level === "fail")
      .map(({ topic }) => topic)
      .sort(),
  ).toEqual(["files", "nice", "user"]);
});

test.runIf(isRoot)("a daemon that is told to become a user is judged as that user", async () => {
  const file = join(directory, "user.conf");
  writeFileSync(
    file,
    "[supervisord]\nuser=nobody\nlogfile=/dev/null\npidfile=/tmp/spaced-doctor.pid\n[program:a]\ncommand=/bin/true\nuser=root\n",
  );
  expect(about(await told(file), "user")).toMatchObject({ found: expect.stringContaining("nobody") });
  expect((await told(file)).findings).toContainEqual(expect.objectContaining({ topic: "user", level: "fail" }));
});

test.runIf(isRoot)("root without the capabilities that matter is told what is lost", async () => {
  const seen = await told(list("[program:a]\ncommand=/bin/true\nuser=nobody\n"), [
    "setpriv",
    "--bounding-set=-setuid,-kill,-sys_nice",
  ]);
  expect(about(seen, "capabilities")?.found).toMatch(/^root without SETUID, KILL,.*SYS_NICE/);
  expect(seen.findings.filter(({ topic, level }) => topic === "user" && level === "fail")).toHaveLength(2);
});

test.runIf(isRoot)("hidden processes are noticed", async () => {
  const hide = [
    "unshare",
    "--mount",
    "sh",
    "-c",
    'mount -t proc -o hidepid=2 proc /proc; exec "$@"',
    "sh",
    ...asNobody,
  ];
  expect(about(await told(list("[program:a]\ncommand=/bin/true\n"), hide), "/proc")).toMatchObject({ level: "warn" });
});

test.runIf(isRoot)("a read-only container in which the list wants to write is noticed", async () => {
  const readOnly = [
    "unshare",
    "--mount",
    "sh",
    "-c",
    `mount -o bind,ro ${directory} ${directory} && mount -o remount,bind,ro ${directory}; exec "$@"`,
    "sh",
  ];
  const seen = await told(list("[program:a]\ncommand=/bin/true\n"), readOnly);
  expect(seen.findings).toContainEqual(
    expect.objectContaining({
      topic: "files",
      level: "fail",
      found: `${directory} cannot be written`,
      meaning: expect.stringMatching(/^needed for \[supervisord\] logfile, \[supervisord\] pidfile, .* and \d+ more$/),
    }),
  );
});

const asPid1 = ["unshare", ...(isRoot ? [] : ["--map-root-user"]), "--pid", "--fork", "--mount-proc", "--kill-child"];

test("with a daemon the facts are the daemon's; without exec in the entrypoint it is not PID 1, and that is said", async () => {
  await using daemon = await startDaemon("[program:a]\ncommand=/bin/sleep 1000\n");
  const { stdout } = await daemon.ctl("doctor", "--json");
  const seen = JSON.parse(stdout) as Told;
  expect(seen).toMatchObject({ daemon: daemon.pid, facts: { processes: { pid: daemon.pid } } });
  expect(about(seen, "standard output")?.found).toMatch(/^a (pipe|socket)$/);
});

test.runIf(isRoot)("spaced as PID 1, and a shell as PID 1 in front of it, are told apart", async () => {
  const inside = async (entrypoint: string): Promise<string> => {
    const file = list("[program:a]\ncommand=/bin/sleep 1000\nstartsecs=0\n");
    const [spaced, ctl] = [binaries.daemon.join(" "), binaries.ctl.join(" ")];
    const script = entrypoint.replace("SPACED", `${spaced} -n -c ${file}`);
    await using daemon = await startDaemon("", {
      wrap: [...asPid1, "sh", "-c", script, "sh"],
      existing: { file, socket: join(directory, "s.sock"), log: join(directory, "s.log") },
    });
    const pid = await until("the daemon is seen from outside", () => daemon.pid);
    const { stdout } = await run(
      ["nsenter", `--target=${pid}`, "--pid", "--mount", "--root", ...ctl.split(" "), "-c", file, "doctor"],
      { cwd: "/", env: plain },
    );
    return stdout;
  };
  expect(await inside("exec SPACED")).toMatch(/ok {4}first process +spaced is PID 1/);
  expect(await inside("SPACED; true")).toMatch(/warn {2}first process +sh is PID 1, and spaced is PID \d+/);
});
