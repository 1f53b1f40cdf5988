import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { complaints, config, folder, load, refusal, write } from "./files.ts";

const writers: ChildProcess[] = [];
afterAll(() => {
  for (const writer of writers) writer.kill("SIGKILL");
});

/** A named pipe that a shell holds open as descriptor 3 while it runs `script`. */
async function pipe(name: string, script: string): Promise<string> {
  const path = `${folder}/${name}`;
  const writer = spawn("/bin/sh", ["-c", `mkfifo "$0"; exec 3<>"$0"; echo open; ${script}`, path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  writers.push(writer);
  await once(writer.stdout, "data");
  return path;
}

describe("whatever the file is, loading it ends in a list or in one clear refusal", () => {
  test.each([
    ["/nonexistent/x.conf", "could not find config file /nonexistent/x.conf"],
    ["/etc/passwd/x", "could not find config file /etc/passwd/x"],
    ["/tmp", "could not read config file /tmp"],
    ["/dev/zero", "config file /dev/zero is larger than 32MB"],
    ["/dev/null", ".ini file does not include supervisord section"],
    ["a\0b", "could not read config file a\0b"],
    ["x".repeat(5000), `could not find config file ${"x".repeat(5000)}`],
  ])("the path %j", async (path, message) => {
    expect(await load(path)).toMatchObject({ ok: false, message });
  });

  test.each([
    ["a NUL byte", Buffer.from("[supervisord]\nx=\0\n"), "config file nul.conf holds a NUL byte"],
    [
      "another byte set",
      Buffer.from("[supervisord]\nx=caf\xe9 y\n", "latin1"),
      "'utf-8' codec can't decode byte 0xe9 in position 19: invalid continuation byte",
    ],
    [
      "UTF-16",
      Buffer.from("\ufeff[supervisord]\n", "utf16le"),
      "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte",
    ],
    [
      "a character cut in two",
      Buffer.from("[supervisord]\nx=é").subarray(0, 17),
      "'utf-8' codec can't decode byte 0xc3 in position 16: unexpected end of data",
    ],
    [
      "a long character cut in two",
      Buffer.from("[supervisord]\nx=😀").subarray(0, 19),
      "'utf-8' codec can't decode bytes in position 16-18: unexpected end of data",
    ],
    [
      "a surrogate",
      Buffer.from([0xed, 0xa0, 0x80]),
      "'utf-8' codec can't decode byte 0xed in position 0: invalid continuation byte",
    ],
    ["too many bytes", Buffer.alloc(33 * 1024 * 1024, "x"), "config file nul.conf is larger than 32MB"],
  ])("%s", async (_name, content, message) => {
    expect(await refusal("nul.conf", content)).toBe(message);
  });

  test("random bytes never escape as an exception", async () => {
    let state = 1;
    const random = () => {
      state = (state * 48271) % 0x7fffffff;
      return state;
    };
    const pieces = [
      "[supervisord]\n",
      "[program:p]\n",
      "command=",
      "%(",
      ")s",
      "%",
      "\n",
      "  ",
      "\t",
      "=",
      ":",
      ";",
      "#",
      "'",
      '"',
      "[include]\nfiles=",
      "*",
      "[",
      "]",
      "numprocs=",
      "3",
      "é",
      "\\",
      "environment=",
      "A=",
      ",",
      "[DEFAULT]\n",
    ];
    for (let round = 0; round < 300; round++) {
      const text = Array.from({ length: random() % 40 }, () => pieces[random() % pieces.length]).join("");
      for (const path of ["noise.ini", "noise.yaml"]) {
        write(path, text);
        const loaded = await load(path);
        expect(loaded.ok ? "" : loaded.message).not.toMatch(/^cannot load/);
      }
    }
  });

  test("a line of ten megabytes is a value, or is quoted in part", async () => {
    const long = "x".repeat(10_000_000);
    const { groups } = await config("long.conf", `[supervisord]\n[program:p]\ncommand=cat\nserverurl=${long}\n`);
    expect(groups[0]?.processes[0]?.serverUrl).toHaveLength(10_000_000);
    expect((await refusal("longer.conf", `[supervisord]\n${long}\n`)).length).toBeLessThan(1000);
  });

  test("a command that the system would never run is refused before it is split", async () => {
    const list = (length: number) => `[supervisord]\n[program:p]\ncommand=echo ${"x".repeat(length - 5)}\n`;
    expect((await config("command.conf", list(1_048_576))).groups).toHaveLength(1);
    expect(await complaints("command.conf", list(1_048_577))).toEqual([
      "3:9 error the command has 1048577 characters; 1048576 are allowed " +
        "(the system runs nothing with an argument of more than 131071 bytes; put it into a file)",
    ]);
  });

  test("a pipe is read to its end", async () => {
    const path = await pipe(
      "slow",
      "sleep 0.2; printf '[supervisord]\\n[program:p]\\n' >&3; sleep 0.2; echo command=x >&3",
    );
    expect(await load(path)).toMatchObject({ ok: true });
  });

  test("a pipe that stays silent is given up after five seconds", { timeout: 20_000 }, async () => {
    const path = await pipe("silent", "sleep 15");
    expect(await load(path)).toMatchObject({ ok: false, message: `could not read config file ${path}` });
  });

  test("a file that includes itself is read again, and that is all", async () => {
    const read = await config(
      "self.conf",
      "[supervisord]\n[program:p]\ncommand=x\n[include]\nfiles=self.conf self.conf\n",
    );
    expect(read.groups).toHaveLength(1);
    expect(read.files).toEqual([`${folder}/self.conf`]);
    write("ping.yaml", "include: [pong.conf]\nprograms: {p: {command: x}}\n");
    write("pong.conf", "[supervisord]\n[include]\nfiles=ping.yaml pong.conf\n");
    expect((await load("ping.yaml")).ok).toBe(true);
    expect((await load("pong.conf")).ok).toBe(true);
  });

  test("included files that cannot be read are skipped with a warning", async () => {
    mkdirSync(`${folder}/odd/directory.conf`, { recursive: true });
    rmSync(`${folder}/odd/broken.conf`, { force: true });
    symlinkSync("/nonexistent", `${folder}/odd/broken.conf`);
    expect(await complaints("odd.conf", "[supervisord]\n[include]\nfiles=odd/*.conf\n")).toEqual([
      expect.stringMatching(/^1:1 warning the included file .*broken\.conf cannot be read and is skipped$/),
      expect.stringMatching(/^1:1 warning the included file .*directory\.conf cannot be read and is skipped$/),
    ]);
  });

  test("a thousand mistakes are listed, and not a million", async () => {
    const lines = Array.from({ length: 20_000 }, (_, index) => `key${index}=1`).join("\n");
    expect((await complaints("many.conf", `[supervisord]\n${lines}\n`)).length).toBe(1000);
  });
});

describe("large lists", () => {
  const sections = (count: number) =>
    `[supervisord]\n${Array.from({ length: count }, (_, n) => `[program:p${n}]\ncommand=/bin/sleep ${n}\nenvironment=A="%(program_name)s"\nstdout_logfile=/tmp/p${n}.log\n`).join("")}`;

  test("a thousand programs load in a tenth of a second of processor time", async () => {
    write("thousand.conf", sections(1000));
    await load("thousand.conf");
    const before = process.cpuUsage();
    expect((await load("thousand.conf")).ok).toBe(true);
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(100);
  });

  test("a hundred thousand programs load in seconds", { timeout: 60_000 }, async () => {
    const before = process.cpuUsage();
    expect((await config("huge.conf", sections(100_000))).groups).toHaveLength(100_000);
    expect(process.cpuUsage(before).user / 1e6).toBeLessThan(15);
  });

  test("a hundred thousand processes of one program load in seconds", { timeout: 60_000 }, async () => {
    const text =
      "[supervisord]\n[program:p]\ncommand=x %(process_num)d\nprocess_name=p%(process_num)d\nnumprocs=100000\n";
    const before = process.cpuUsage();
    expect((await config("numprocs.conf", text)).groups[0]?.processes).toHaveLength(100_000);
    expect(process.cpuUsage(before).user / 1e6).toBeLessThan(10);
  });

  test("more processes than anybody can mean are refused", async () => {
    const text = "[supervisord]\n[program:p]\ncommand=x\nprocess_name=p%(process_num)d\nnumprocs=1000000000\n";
    expect(await refusal("absurd.conf", text)).toBe(
      "numprocs=1000000000 is more than can be run (200000 in all) in section 'program:p' (file: 'absurd.conf')",
    );
  });

  test("nothing takes time that grows faster than the file", { timeout: 60_000 }, async () => {
    const before = process.cpuUsage();
    const program = "[supervisord]\n[program:p]\ncommand=";
    await config("comments.conf", `${program}${" ;x#".repeat(1_000_000)}\n`);
    await config("percents.conf", `${program}${"%%".repeat(1_000_000)}\n`);
    await config("pairs.conf", `${program}x\nenvironment=${"A=1,".repeat(300_000)}\n`);
    await config("continued.conf", `${program}'x\n${"  y ; c'\n".repeat(100_000)}`);
    await config(
      "blank.conf",
      `${program}x\n${"\n".repeat(1_000_000)}[program:q]\ncommand=${" ".repeat(1_000_000)}y\n`,
    );
    await refusal("garbage.conf", `[supervisord]\n${"junk\n".repeat(300_000)}`);
    expect(process.cpuUsage(before).user / 1e6).toBeLessThan(15);
  });
});
