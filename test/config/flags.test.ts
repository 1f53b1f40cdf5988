import { mkdirSync, rmSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { noFlags, parseDaemonFlags } from "../../src/config/flags.ts";
import { findConfigFile, noConfigFileMessage, searchPaths } from "../../src/config/search.ts";
import { folder, write } from "./files.ts";

describe("the daemon's command line", () => {
  test("sets what it names and nothing else", () => {
    expect(parseDaemonFlags(["-nc", "x.conf", "--umask=077", "-e", "WARN", "-y", "1KB", "--minp", "5"])).toEqual({
      type: "run",
      flags: {
        ...noFlags,
        nodaemon: true,
        configuration: "x.conf",
        umask: 0o77,
        logLevel: "warn",
        logfileMaxBytes: 1024,
        minProcs: 5,
      },
    });
  });

  test("shows help and version wherever they stand, unless an earlier option is refused", () => {
    for (const flag of ["-h", "--help", "-?", "--he"]) {
      expect(parseDaemonFlags(["-n", flag])).toMatchObject({
        type: "help",
        text: expect.stringContaining("--configuration FILE"),
      });
    }
    expect(parseDaemonFlags(["-n", "--version", "-m", "999"])).toEqual({ type: "version" });
    expect(parseDaemonFlags(["-m", "999", "-v"])).toMatchObject({ type: "error" });
  });
});

describe("the search for a program list", () => {
  test("begins beside the launcher and ends in /etc", () => {
    expect(searchPaths("/opt/app/bin")).toEqual([
      "/opt/app/etc/supervisord.conf",
      "/opt/app/supervisord.conf",
      "supervisord.conf",
      "etc/supervisord.conf",
      "/etc/supervisord.conf",
      "/etc/supervisor/supervisord.conf",
    ]);
  });

  test("takes the first that exists", () => {
    rmSync(`${folder}/app`, { recursive: true, force: true });
    mkdirSync(`${folder}/app/bin`, { recursive: true });
    write("cwd/etc/supervisord.conf", "");
    expect(findConfigFile(`${folder}/app/bin`, `${folder}/cwd`)).toBe("etc/supervisord.conf");
    write("app/etc/supervisord.conf", "");
    expect(findConfigFile(`${folder}/app/bin`, `${folder}/cwd`)).toBe(`${folder}/app/etc/supervisord.conf`);
  });

  test("says where it looked", () => {
    expect(noConfigFileMessage("/a/bin")).toMatch(
      /^No config file found at default paths \(\/a\/etc\/supervisord\.conf, .*\); use the -c option to specify a config file at a different path$/,
    );
  });
});
