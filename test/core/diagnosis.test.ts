import { expect, test } from "vitest";
import { asUser, type ContainerFacts, can } from "../../src/core/container-facts.ts";
import { diagnose, type Finding, type Level } from "../../src/core/diagnosis.ts";
import { all, gb, type Part, perfect, withPart } from "./container-facts.ts";

const about = (topic: string, facts: ContainerFacts, daemon = true): Finding | undefined =>
  diagnose(facts, daemon).find((each) => each.topic === topic);

test("where nothing is in the way, everything is ok", () => {
  expect(diagnose(perfect, true).filter(({ level }) => level !== "ok")).toEqual([]);
});

test.each<[string, Part, string, Level, RegExp]>([
  ["spaced as PID 1", {}, "first process", "ok", /^spaced is PID 1/],
  [
    "an init in front",
    { processes: { pid: 7, first: "tini" } },
    "first process",
    "ok",
    /^tini is PID 1 and passes signals on; spaced reaps/,
  ],
  [
    "a shell in front",
    { processes: { pid: 7, first: "sh" } },
    "first process",
    "warn",
    /^sh is PID 1, and spaced is PID 7/,
  ],
  [
    "a pod's namespace",
    { processes: { pid: 7, first: "pause" } },
    "first process",
    "ok",
    /the containers of a pod share it/,
  ],
  [
    "a machine",
    { processes: { pid: 700, first: "systemd", ofTheMachine: true } },
    "first process",
    "ok",
    /^systemd is PID 1/,
  ],
  ["PID 1 out of sight", { processes: { pid: 7, first: null } }, "first process", "note", /cannot be seen/],
  [
    "the machine's pid namespace",
    { processes: { pid: 7, first: "bash", ofTheMachine: true } },
    "pid namespace",
    "note",
    /the machine's own/,
  ],
  ["no /proc", { processes: { procMounted: false } }, "/proc", "warn", /^not mounted$/],
  [
    "hidepid",
    { processes: { hidepid: "invisible" }, identity: { capabilities: [] } },
    "/proc",
    "warn",
    /hidepid=invisible/,
  ],
  ["hidepid that root sees through", { processes: { hidepid: "2" } }, "/proc", "ok", /can be seen/],
  ["no subreaper", { processes: { subreaper: false } }, "orphans", "warn", /cannot become a subreaper/],
  ["no shares of memory", { processes: { proportionalMemory: false } }, "memory figures", "note", /smaps_rollup/],
  ["root", {}, "user", "ok", /^root$/],
  [
    "a user",
    { identity: { uid: 1000, name: "app", capabilities: [] } },
    "user",
    "ok",
    /^app \(uid 1000\): programs run as this user/,
  ],
  [
    "a uid without a name",
    { identity: { uid: 12_345, gid: 0, name: null, capabilities: [] } },
    "user",
    "note",
    /^uid 12345, gid 0, without an entry/,
  ],
  [
    "a user without capabilities",
    { identity: { uid: 1000, name: "app", capabilities: [] } },
    "capabilities",
    "ok",
    /^none/,
  ],
  [
    "Docker's root",
    { identity: { capabilities: all.filter((each) => !each.startsWith("SYS_")) } },
    "capabilities",
    "note",
    /^root without SYS_RESOURCE, SYS_NICE, SYS_PTRACE$/,
  ],
  [
    "root that may not change users",
    { identity: { capabilities: ["CHOWN", "KILL"] } },
    "capabilities",
    "warn",
    /SETUID, SETGID/,
  ],
  [
    "root of a user namespace",
    { identity: { userNamespace: true } },
    "capabilities",
    "note",
    /^root without SYS_RESOURCE, SYS_NICE$/,
  ],
  ["no new privileges", { identity: { noNewPrivileges: true } }, "no-new-privs", "note", /^set$/],
  ["a filter", { identity: { seccomp: true } }, "seccomp", "ok", /filtered/],
  ["a writable cgroup", {}, "cgroup", "ok", /^v2, writable: the kernel keeps/],
  ["a read-only cgroup", { quota: { writable: false } }, "cgroup", "note", /^v2, not writable, as usual$/],
  ["no cgroup", { quota: { version: null, writable: false } }, "cgroup", "note", /^none to be seen$/],
  ["a memory limit", { quota: { memoryBytes: gb } }, "memory", "ok", /^1GB, 256MB in use$/],
  [
    "a memory limit that is near",
    { quota: { memoryBytes: gb, memoryUsedBytes: 0.95 * gb } },
    "memory",
    "warn",
    /^1GB, 973MB in use$/,
  ],
  ["OOM kills", { quota: { oomKills: 2 } }, "memory", "ok", /the OOM killer has struck 2 times/],
  ["a cpu limit", { quota: { cpus: 1.5 } }, "processors", "ok", /^1.5 of 4$/],
  ["a pids limit", { quota: { pids: 100, pidsUsed: 20 } }, "processes", "ok", /^100 with all threads, 20 in use$/],
  ["a pids limit that is near", { quota: { pids: 100, pidsUsed: 95 } }, "processes", "warn", /95 in use/],
  [
    "few files",
    { allowance: { rlimits: { nofile: { soft: 256, hard: 256 } } } },
    "open files",
    "warn",
    /^256, up to 256/,
  ],
  ["limits that nobody knows", { allowance: { rlimits: {} } }, "open files", "note", /not known/],
  ["core files", { allowance: { rlimits: { core: { soft: -1, hard: -1 } } } }, "core files", "note", /^unlimited$/],
  [
    "a read-only root",
    { rootWritable: false },
    "files",
    "note",
    /root file system is not writable for us; \/run 1GB free/,
  ],
  ["nothing writable", { rootWritable: false, places: [] }, "files", "warn", /nothing is writable/],
  ["/dev/null as stdout", { platform: { stdout: "/dev/null" } }, "standard output", "note", /null/],
  [
    "a terminal as stdout",
    { platform: { stdout: "/dev/pts/3" } },
    "standard output",
    "ok",
    /^a terminal \(\/dev\/pts\/3\)$/,
  ],
  [
    "an unknown time zone",
    { platform: { askedTimeZone: "Europe/Atlantis" } },
    "time zone",
    "warn",
    /TZ=Europe\/Atlantis is not known/,
  ],
  [
    "a time zone",
    { platform: { askedTimeZone: "Europe/Berlin", timeZone: "Europe/Berlin" } },
    "time zone",
    "ok",
    /^Europe\/Berlin \(TZ\)$/,
  ],
  ["missing tools", { platform: { missingTools: ["setpriv", "choom"] } }, "runtime", "note", /no setpriv, no choom$/],
])("%s", (_what, part, topic, level, found) => {
  const told = about(topic, withPart(part));
  expect(told).toMatchObject({ level });
  expect(told?.found).toMatch(found);
});

test("whatever is not as it should be says what follows from it", () => {
  const poor = withPart({
    identity: { uid: 0, capabilities: [], noNewPrivileges: true },
    processes: { pid: 7, first: "sh", procMounted: false },
    quota: { writable: false, memoryBytes: gb, memoryUsedBytes: gb, pids: 10, pidsUsed: 10 },
  });
  for (const { level, meaning, topic } of diagnose(poor, true))
    if (level !== "ok") expect([topic, meaning]).not.toEqual([topic, ""]);
});

test("without a daemon nothing is said of its place and its output", () => {
  expect(about("first process", withPart({ processes: { pid: 9, first: "sh" } }), false)).toMatchObject({
    level: "ok",
    found: "PID 1 is sh",
  });
  expect(about("standard output", perfect, false)).toBeUndefined();
});

test("who gives up root keeps no capability, and in a user namespace nobody has the machine's", () => {
  const app = asUser(perfect, { uid: 1000, gid: 1000, groups: [1000], name: "app" });
  expect([can(perfect.identity, "KILL"), can(app.identity, "KILL")]).toEqual([true, false]);
  const inside = { ...perfect.identity, userNamespace: true };
  expect([can(inside, "SETUID"), can(inside, "SYS_NICE")]).toEqual([true, false]);
});
