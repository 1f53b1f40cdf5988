/** `spacectl scale`: other numbers of copies than the list says, for as long as somebody wants them. */
import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { binaries, startDaemon, type TestDaemon } from "../helpers/daemon.ts";

const programs = `[program:w]
command=/bin/sleep 1000
numprocs=2
process_name=%(program_name)s_%(process_num)d
startsecs=0
[program:one]
command=/bin/sleep 1000
startsecs=0
[program:member]
command=/bin/sleep 1000
process_name=%(program_name)s_%(process_num)d
startsecs=0
[group:team]
programs=member
[fcgi-program:php]
command=/bin/sleep 1000
socket=unix://%(here)s/php.sock
process_name=%(program_name)s_%(process_num)d
startsecs=0
[eventlistener:ear]
command=/bin/cat
events=TICK_3600
process_name=%(program_name)s_%(process_num)d
startsecs=0
`;

test("supervisord is not asked for what it cannot do", async () => {
  await using reference = await startDaemon(programs, { binaries: { ...binaries, daemon: ["supervisord"] } });
  expect(await reference.ctl("scale", "w=3")).toMatchObject({
    code: 5,
    stdout: "Error: the daemon cannot do that: it is supervisord, or an older spaced\n",
  });
});

describe("spacectl scale", () => {
  let daemon: TestDaemon;
  beforeAll(async () => {
    daemon = await startDaemon(programs);
  });
  afterAll(() => daemon?.end());

  const copies = async (): Promise<Map<string, number>> => {
    const all = (await daemon.rpc("supervisor.getAllProcessInfo")) as { group: string; name: string; pid: number }[];
    return new Map(all.filter(({ group }) => group === "w").map(({ name, pid }) => [name, pid]));
  };
  const edit = (from: string, to: string): void =>
    writeFileSync(daemon.file, readFileSync(daemon.file, "utf8").replace(from, to));

  test("starts more copies, and touches none of those that are there", async () => {
    const before = await copies();
    const one = await daemon.reaches("one", "RUNNING");
    expect(await daemon.ctl("scale", "w=4")).toEqual({ code: 0, stdout: "w: scaled to 4\n", stderr: "" });
    for (const name of ["w_2", "w_3"]) await daemon.reaches(`w:${name}`, "RUNNING");
    const after = await copies();
    expect([...after.keys()]).toEqual(["w_0", "w_1", "w_2", "w_3"]);
    for (const [name, pid] of before) expect(after.get(name)).toBe(pid);
    expect(await daemon.reaches("one", "RUNNING")).toBe(one);
  });

  test("stops those too many, from the last, and has stopped them when it says so", async () => {
    const before = await copies();
    expect((await daemon.ctl("scale", "w", "1")).stdout).toBe("w: scaled to 1\n");
    expect(await copies()).toEqual(new Map([["w_0", before.get("w_0")]]));
  });

  test("holds over an update of something else, and over a reload", async () => {
    edit("[program:one]", "[program:one]\npriority=5");
    expect((await daemon.ctl("update")).stdout).toBe("one: stopped\none: updated process group\n");
    expect([...(await copies()).keys()]).toEqual(["w_0"]);
    await daemon.ctl("reload");
    await daemon.reaches("w:w_0", "RUNNING");
    expect([...(await copies()).keys()]).toEqual(["w_0"]);
  });

  test("ends when the number is edited in the list", async () => {
    edit("numprocs=2", "numprocs=3");
    expect((await daemon.ctl("update")).stdout).toContain("w: updated process group\n");
    expect([...(await copies()).keys()]).toEqual(["w_0", "w_1", "w_2"]);
    expect((await daemon.ctl("update")).stdout).toBe("");
  });

  test("takes a program by its section's name, of whatever kind and in whatever group", async () => {
    const answers = await daemon.ctl("scale", "member=2", "php=3", "ear=2");
    expect(answers).toMatchObject({ code: 0, stdout: "member: scaled to 2\nphp: scaled to 3\near: scaled to 2\n" });
    for (const name of ["team:member_1", "php:php_2", "ear:ear_1"]) await daemon.reaches(name, "RUNNING");
    expect((await daemon.ctl("scale", "member=1", "php=1", "ear=1")).code).toBe(0);
    const { stdout } = await daemon.ctl("status", "team:*", "php:*", "ear:*");
    expect(stdout.match(/^\S+/gm)).toEqual(["team:member_0", "php:php_0", "ear:ear_0"]);
  });

  test("changes nothing when the number is refused, and says why", async () => {
    expect(await daemon.ctl("scale", "one=2")).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(
        /^one: ERROR \(%\(process_num\) must be present within process_name when numprocs > 1/,
      ),
    });
    expect(await daemon.ctl("scale", "nobody=2")).toMatchObject({
      code: 1,
      stdout: "nobody: ERROR (no such program)\n",
    });
    for (const wrong of ["w=0", "w=many", "w=-1", "w"])
      expect(await daemon.ctl("scale", wrong)).toMatchObject({
        code: 2,
        stdout: expect.stringMatching(/^Error: scale requires NAME=NUMBER, at least 1\n/),
      });
    expect((await daemon.ctl("update")).stdout).toBe("");
    expect([...(await copies()).keys()]).toEqual(["w_0", "w_1", "w_2"]);
  });
});
