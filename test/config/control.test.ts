import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { readControlSettings } from "../../src/config/control.ts";
import { environment, folder, write } from "./files.ts";

const read = (path: string, content: string) => {
  write(path, content);
  return readControlSettings(path, { env: environment, cwd: folder });
};

describe("readControlSettings", () => {
  test("reads every key of [supervisorctl], paths made absolute", async () => {
    const text =
      "[supervisorctl]\nserverurl=unix://%(here)s/../x.sock\nusername=u\npassword=p ; comment\nprompt=farm\nhistory_file=~/h\n";
    expect(await read("all.conf", text)).toEqual({
      ok: true,
      settings: {
        serverUrl: `unix://${folder.replace(/\/[^/]+$/, "")}/x.sock`,
        username: "u",
        password: "p",
        prompt: "farm",
        historyFile: "/root/h",
        plugins: [],
      },
    });
  });

  test("has defaults, with and without a file", async () => {
    const settings = {
      serverUrl: "http://localhost:9001",
      username: null,
      password: null,
      prompt: "supervisor",
      historyFile: null,
      plugins: [],
    };
    expect(await read("least.conf", "[supervisorctl]\n")).toEqual({ ok: true, settings });
    expect(await readControlSettings(null)).toEqual({ ok: true, settings });
  });

  test("takes variables and [DEFAULT], and does not follow [include]", async () => {
    write("other.conf", "[supervisorctl]\nserverurl=http://other:1\n");
    const text = "[DEFAULT]\nprompt=d\n[include]\nfiles=other.conf\n[supervisorctl]\nserverurl=http://%(ENV_WORD)s:1\n";
    expect(await read("expanded.conf", text)).toMatchObject({ settings: { serverUrl: "http://word:1", prompt: "d" } });
  });

  test("names the sections of plugins, which need not be complete", async () => {
    const text = "[ctlplugin:quick]\nsupervisor.ctl_factory=quick:make\n[supervisorctl]\n[ctlplugin:other]\n";
    expect(await read("plugins.conf", text)).toMatchObject({
      settings: { plugins: ["ctlplugin:quick", "ctlplugin:other"] },
    });
  });

  test("needs a list that the daemon would accept for nothing else", async () => {
    const text = "[program:p]\nstartsecs=x\n[supervisorctl]\nserverurl=http://h:1\n";
    expect(await read("broken.conf", text)).toMatchObject({ ok: true });
  });

  test("follows the daemon's own socket where there is no section", async () => {
    const yaml = "unix_http_server: {file: '%(here)s/s.sock', username: u, password: p}\n";
    expect(await read("own.yaml", yaml)).toMatchObject({
      settings: { serverUrl: `unix://${folder}/s.sock`, username: "u", password: "p" },
    });
    expect(await read("port.yaml", "inet_http_server: {port: '*:9002'}\n")).toMatchObject({
      settings: { serverUrl: "http://localhost:9002" },
    });
    expect(await read("own.conf", "[unix_http_server]\nfile=/tmp/s.sock\n")).toMatchObject({
      settings: { serverUrl: "unix:///tmp/s.sock" },
    });
    expect(await read("placed.yaml", "unix_http_server: {username: u, password: p}\n")).toMatchObject({
      settings: { serverUrl: null, username: "u", password: "p" },
    });
    expect(await read("nothing.yaml", "programs: {}\n")).toMatchObject({
      settings: { serverUrl: "http://localhost:9001" },
    });
  });

  test.each([
    ["bare.conf", "[supervisord]\n"],
    ["percent.conf", "[supervisorctl]\nserverurl=http://%x\n"],
    ["junk-byte.conf", Buffer.from([0x5b, 0xff])],
  ])("refuses %s in the reference's words", async (path, content) => {
    const ours = await read(path, content as string);
    const reference = supervisorctl(path);
    expect(ours.ok || `Error: ${ours.message}\nFor help, use /usr/bin/supervisorctl -h\n`).toBe(reference);
  });

  test.each(["missing.conf", "."])("refuses the path %s in the reference's words", async (path) => {
    const ours = await readControlSettings(path, { env: environment, cwd: folder });
    expect(ours.ok || `Error: ${ours.message}\nFor help, use /usr/bin/supervisorctl -h\n`).toBe(supervisorctl(path));
  });

  test("says what is wrong where the reference shows a stack trace", async () => {
    const ours = await read("garbage.conf", "[supervisorctl]\njunk\n");
    expect(ours.ok || ours.message).toBe("Source contains parsing errors: 'garbage.conf'\n\t[line  2]: 'junk\\n'");
  });
});

/** What the reference prints on stderr. */
function supervisorctl(path: string): string {
  try {
    execFileSync("/usr/bin/supervisorctl", ["-c", path, "status"], {
      cwd: folder,
      env: { ...environment, LC_ALL: "C.UTF-8" },
      stdio: ["ignore", "ignore", "pipe"],
      encoding: "utf8",
      timeout: 20_000,
    });
    return "";
  } catch (error) {
    return String((error as { stderr?: string }).stderr);
  }
}
