/**
 * A container's command behind `--`, and what containers are like: no list, no place to write, users that nobody knows,
 * closed descriptors, processes that cannot be seen. Whatever is missing, the program runs and its code is the daemon's.
 */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { binaries, type Finished, fixture, newDirectory, run } from "../helpers/daemon.ts";

let directory: string;
beforeAll(() => {
  directory = newDirectory();
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const [daemon, ctl] = [binaries.daemon.join(" "), binaries.ctl.join(" ")];

/**
 * Runs a line of shell as the first process of a container: an empty /run and /etc, nothing of our own environment but
 * PATH, and what `prepare` changes.
 */
function contained(line: string, prepare = ""): Promise<Finished> {
  const passwd = "cp /etc/passwd /etc/group /run; mount -t tmpfs none /etc; mv /run/passwd /run/group /etc";
  const script = `set -e; mount -t tmpfs -o mode=755 none /run; ${passwd}; ${prepare}
    cd ${directory}; exec env -i PATH="$PATH" ${line}`;
  return run(["unshare", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-c", script]);
}

/** The same without privileges. */
const nobody = "setpriv --reuid=12345 --regid=12345 --clear-groups";
const readOnly = "mountpoint -q /tmp && mount -o remount,bind,ro /tmp; mount -o remount,bind,ro /";

describe.skipIf(process.getuid?.() !== 0)("a command behind --", () => {
  test("runs without a list, and its exit code is the container's", async () => {
    const ended = await contained(`${daemon} -- sh -c 'echo "$1 100% $((1+1))"; exit 7' sh "a ' b"`);
    expect(ended.code).toBe(7);
    expect(ended.stdout).toContain("\na ' b 100% 2\n");
    expect(ended.stdout).toContain("the exit code is 7, that of main");
    expect((await contained(`${daemon} -- true`)).code).toBe(0);
    expect((await contained(`${daemon} -- sh -c 'kill -SEGV $$'`)).code).toBe(139);
    const missing = await contained(`${daemon} -- no-such-program`);
    expect(missing.code).toBe(127);
    expect(missing.stdout).toContain("can't find command 'no-such-program'");
  });

  test("that cannot be executed is told apart from one that is not there, as shells do", async () => {
    const file = join(directory, "plain.sh");
    writeFileSync(file, "#!/bin/sh\n");
    expect(await contained(`${daemon} -- ${file}`)).toMatchObject({
      code: 126,
      stdout: expect.stringContaining(`command at '${file}' is not executable`),
    });
    expect((await contained(`${daemon} -- /bin`)).code).toBe(126);
    writeFileSync(file, "#!/no/such/interpreter\n", { mode: 0o755 });
    chmodSync(file, 0o755);
    expect((await contained(`${daemon} -- ${file}`)).code).toBe(127);
  });

  test("runs beside the programs of a list, which may say more of it", async () => {
    const file = join(directory, "list.conf");
    writeFileSync(
      file,
      `[supervisord]\nlogfile=${directory}/s.log\npidfile=${directory}/s.pid
[program:web]\ncommand=sleep 1000\nstartsecs=0
[program:main]\nenvironment=WORD="from the list"\n`,
    );
    const ended = await contained(
      `${daemon} -c ${file} -- sh -c 'echo "$WORD"; ${ctl} -c ${file} pid web; ${ctl} status; exit 3'`,
    );
    expect(ended.code).toBe(3);
    expect(ended.stdout).toContain("\nfrom the list\n");
    expect(ended.stdout).toMatch(/^web +RUNNING/m);
    expect(readFileSync(join(directory, "s.log"), "utf8")).toMatch(/stopped: web \(terminated by SIGTERM\)/);
  });

  test("is stopped by SIGTERM, which is an end that was asked for", async () => {
    const line = `sh -c '(sleep 1; kill -TERM 1) & exec ${daemon} -- ${fixture("signal-teller")} sleep 1000'`;
    const ended = await contained(line);
    expect(ended.code).toBe(0);
    expect(ended.stdout).toMatch(/stopped: main/);
  });

  test("without -- is refused as ever", async () => {
    expect(await contained(`${daemon} true`)).toMatchObject({ code: 2, stdout: "" });
  });
});

/** What the program wrote, without the lines of the daemon's log that come in between. */
const said = (stdout: string) => stdout.replace(/^\d{4}-.*\n/gm, "");

describe.skipIf(process.getuid?.() !== 0)("spacectl finds the daemon by itself", () => {
  const asked = `-- sh -c 'env -i ${ctl} status main'`;

  test("in /run/spaced", async () => {
    const ended = await contained(`${daemon} -- sh -c 'ls /run/spaced; env -i PATH=$PATH ${ctl} status main'`);
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(said(ended.stdout)).toMatch(/^spaced.pid\nspaced.sock\nmain +RUNNING/);
  });

  test("in $XDG_RUNTIME_DIR, as a user without a name", async () => {
    const folder = mkdtempSync(join(directory, "xdg-"));
    const prepare = `chown 12345 ${folder}; mount --bind ${folder} ${folder}; ${readOnly}`;
    const line = `XDG_RUNTIME_DIR=${folder} ${nobody} ${daemon} -- sh -c 'ls $XDG_RUNTIME_DIR/spaced; ${ctl} status main'`;
    const ended = await contained(line, prepare);
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(said(ended.stdout)).toMatch(/^spaced.pid\nspaced.sock\nmain +RUNNING/);
  });

  test("in a folder of the user's own in /tmp, as that user and as root", async () => {
    const prepare = "rm -rf /tmp/spaced-12345";
    try {
      const ended = await contained(`${nobody} ${daemon} ${asked}`, prepare);
      expect(ended).toMatchObject({ code: 0, stderr: "" });
      expect(ended.stdout).toMatch(/^main +RUNNING/m);
      const both = await contained(
        `sh -c '${nobody} ${daemon} -- sleep 1000 >/dev/null & until ${ctl} pid >/dev/null; do sleep 0.1; done; ${ctl} status main'`,
        prepare,
      );
      expect(both.stdout).toMatch(/^main +(RUNNING|STARTING)/m);
    } finally {
      rmSync("/tmp/spaced-12345", { recursive: true, force: true });
    }
  });

  test.each([
    ["root", "", "/run/spaced"],
    ["an ordinary user", nobody, "/tmp/spaced-12345"],
  ])("of a list that names no place for its socket, such as imported ones, unchanged for %s", async (_, as, places) => {
    const list = join(directory, "imported.yaml");
    const procfile = join(directory, "Procfile");
    const own = `env -i PATH=$PATH ${ctl} -c ${list}`;
    writeFileSync(procfile, `web: ls ${places}; ${own} status; ${own} shutdown; exec sleep 1000\n`);
    const imported = await run([...binaries.ctl, "import", "procfile", procfile]);
    expect(imported).toMatchObject({ code: 0, stderr: "" });
    writeFileSync(list, imported.stdout);
    try {
      const ended = await contained(`${as} ${daemon} -c ${list}`, "rm -rf /tmp/spaced-12345");
      expect(ended).toMatchObject({ code: 0, stderr: "" });
      expect(said(ended.stdout)).toMatch(/spaced.pid\n.*spaced.sock\n.*web +(STARTING|RUNNING)/m);
    } finally {
      rmSync("/tmp/spaced-12345", { recursive: true, force: true });
    }
  });

  test("but not through a folder in /tmp that somebody else has made", async () => {
    try {
      const prepare = "rm -rf /tmp/spaced-12345; mkdir -m 777 /tmp/spaced-12345";
      const ended = await contained(`${nobody} ${daemon} -- sh -c 'ls /tmp/spaced-12345; exit 4'`, prepare);
      expect(ended.code).toBe(4);
      expect(ended.stdout).not.toContain("spaced.sock");
    } finally {
      rmSync("/tmp/spaced-12345", { recursive: true, force: true });
    }
  });
});

describe.skipIf(process.getuid?.() !== 0)("nothing that a container lacks keeps its program from running", () => {
  test("nowhere to write for a list that names no place for its socket, and that is said", async () => {
    const list = join(directory, "nowhere.yaml");
    writeFileSync(
      list,
      `supervisord: {nodaemon: true, logfile: /dev/null}\nunix_http_server: {}
programs: {main: {command: "sh -c 'exit 5'", autorestart: false, startsecs: 0, on_exit: shutdown}}\n`,
    );
    const ended = await contained(`${nobody} ${daemon} -c ${list}`, readOnly);
    expect(ended).toMatchObject({ code: 5, stderr: "" });
    expect(ended.stdout).toContain("there is no socket: nothing can be written where it would be");
  });

  test("nowhere to write, and no name for the user", async () => {
    const ended = await contained(`${nobody} ${daemon} -- sh -c 'id -u; exit 5'`, readOnly);
    expect(ended).toMatchObject({ code: 5, stderr: "" });
    expect(ended.stdout).toContain("\n12345\n");
  });

  test.each(["<&-", ">&-", "2>&-", "<&- >&-", "<&- >&- 2>&-"])("descriptors closed by %s", async (closed) => {
    const file = join(directory, "closed.txt");
    const ended = await contained(
      `sh -c 'exec ${daemon} -- sh -c "echo here; echo there >&2; echo ran >${file}; exit 6" ${closed}'`,
    );
    expect(ended.code).toBe(6);
    expect(readFileSync(file, "utf8")).toBe("ran\n");
    rmSync(file);
  });

  test("processes of others cannot be seen", async () => {
    const ended = await contained(
      `${nobody} ${daemon} -- sh -c '${ctl} status main; exit 8'`,
      "mount -t proc -o hidepid=2 none /proc",
    );
    expect(ended).toMatchObject({ code: 8, stderr: "" });
    expect(ended.stdout).toMatch(/^main +RUNNING/m);
  });
});
