/** A program list with our own keys in a real daemon: refused at the start and at a reread, applied by an update. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { binaries, iniFile, newDirectory, run, startDaemon } from "../helpers/daemon.ts";

const refusals = [
  ["memory_limit=lots", "not a size: 'lots' in section 'program:a'"],
  ["depends_on=b", "[program:a] depends on unknown program b"],
  ["depends_on=a", "the dependencies run in a circle: a -> a"],
  ["memory_limit=2GB\nmemory_limit_hard=1GB", "memory_limit_hard is below memory_limit in section 'program:a'"],
] as const;

test.each(refusals)("the daemon does not start with %j and ends with code 2", async (line, message) => {
  const directory = newDirectory();
  try {
    const file = join(directory, "s.conf");
    writeFileSync(file, iniFile(`[program:a]\ncommand=sleep 1000\n${line}\n`));
    const { code, stderr } = await run([...binaries.daemon, "-n", "-c", file], { cwd: directory, limitMs: 15_000 });
    expect(stderr).toMatch(/^Error: [^\n]+\nFor help, use \S+ -h\n$/);
    expect(stderr).toContain(`Error: ${message}`);
    expect(code).toBe(2);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test("a running daemon refuses a list, keeps what runs, and takes the next one", async () => {
  const list = (lines: string) => `[program:a]\ncommand=sleep 1000\nstartsecs=0\n${lines}\n`;
  await using daemon = await startDaemon(list(""));
  const pid = await daemon.reaches("a", "RUNNING");
  const change = (lines: string) => writeFileSync(daemon.file, iniFile(list(lines)));

  for (const [line, message] of refusals) {
    change(line);
    for (const command of ["reread", "update", "reload"]) {
      const answer = await daemon.ctl(command);
      expect(answer.stdout, command).toContain(message);
      expect(answer.code, command).not.toBe(0);
    }
    expect((await daemon.info("a")).pid).toBe(pid);
  }

  change("memory_limit=1GB\nrestart_backoff=exponential\non_fatal=shutdown");
  expect((await daemon.ctl("update")).stdout).not.toContain("ERROR");
  expect((await daemon.info("a")).pid).toBe(pid);

  change("rlimit_nofile=512");
  expect((await daemon.ctl("update")).stdout).not.toContain("ERROR");
  expect(await daemon.reaches("a", "RUNNING")).not.toBe(pid);
});
