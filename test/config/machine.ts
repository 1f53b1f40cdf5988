/** What `loadConfig` needs to know of the machine, from its account files. */
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import type { Accounts, Surroundings } from "../../src/config/paths.ts";

const table = (file: string) =>
  readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => line.split(":"));

const users = table("/etc/passwd").map(([name = "", , uid, gid, , home = ""]) => ({
  name,
  uid: Number(uid),
  gid: Number(gid),
  home,
}));
const groups = table("/etc/group").map(([name = "", , gid]) => ({ name, gid: Number(gid) }));

const accounts: Accounts = {
  user: (key) => users.find(({ name, uid }) => (/^\d+$/.test(key) ? uid === Number(key) : name === key)) ?? null,
  group: (key) => groups.find(({ name, gid }) => (/^\d+$/.test(key) ? gid === Number(key) : name === key)) ?? null,
};

export function machine(cwd: string, env: Readonly<Record<string, string>> = {}): Surroundings {
  return { env, cwd, accounts, hostName: hostname(), tempDir: "/tmp", runFolder: () => "/run/spaced" };
}
