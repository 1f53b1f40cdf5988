import { describe, expect, test } from "vitest";
import { parseFlags, UsageError } from "../../src/cli/flags.ts";

const none = {
  configFile: null,
  interactive: false,
  serverUrl: null,
  username: null,
  password: null,
  historyFile: null,
  command: null,
  words: [],
};

describe("the command line", () => {
  test.each([
    [[], none],
    [["-c", "f", "status", "a"], { ...none, configFile: "f", command: "status a", words: ["status", "a"] }],
    [
      ["-iuroot", "--password=x", "--serverurl", "http://h"],
      { ...none, interactive: true, username: "root", password: "x", serverUrl: "http://h" },
    ],
    [
      ["--hist", "h", "tail", "-f", "a"],
      { ...none, historyFile: "h", command: "tail -f a", words: ["tail", "-f", "a"] },
    ],
    [["signal HUP", "a"], { ...none, command: "signal HUP a", words: ["signal HUP", "a"] }],
    [[""], { ...none, command: "", words: [""] }],
    [["--", "-x"], { ...none, command: "-x", words: ["-x"] }],
  ])("%j is understood", (argv, flags) => {
    expect(parseFlags(argv)).toEqual(flags);
  });

  test.each([[["-h"]], [["-i", "-?", "-z"]], [["--help", "status"]]])("%j asks for help", (argv) => {
    if (argv.includes("-z")) expect(() => parseFlags(argv)).toThrow("option -z not recognized");
    else expect(parseFlags(argv)).toBe("help");
  });

  test.each([
    [["-z"], "option -z not recognized"],
    [["-c"], "option -c requires argument"],
    [["-i", "-i"], "conflicting command line option '-i'"],
    [["-u", "a", "--username", "b"], "conflicting command line option '--username'"],
    [["-s", "foo"], "invalid value for -s 'foo': value 'foo' is not a URL"],
    [["--serverurl=unix://"], "invalid value for --serverurl 'unix://': value 'unix://' is not a URL"],
    [["-s", "http:?x"], "invalid value for -s 'http:?x': value 'http:?x' is not a URL"],
    [["-s", "http://[::1"], "invalid value for -s 'http://[::1': Invalid IPv6 URL"],
    [["-s", "http://]/[x"], "invalid value for -s 'http://]/[x': Invalid IPv6 URL"],
  ])("%j is refused: %s", (argv, message) => {
    expect(() => parseFlags(argv)).toThrow(new UsageError(message));
  });

  test.each(["unix:///s", "http://x", "https://x", "localhost:9001", "http:/", " unix:///s", "http://[::1]/["])(
    "%s passes for an address",
    (url) => {
      expect(parseFlags(["-s", url])).toMatchObject({ serverUrl: url });
    },
  );
});
