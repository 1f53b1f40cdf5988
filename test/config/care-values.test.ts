/** Each type of our own keys: what it takes, and the words with which it refuses the rest. */
import { describe, expect, test } from "vitest";
import * as care from "../../src/config/care-values.ts";
import { Refusal } from "../../src/config/complaint.ts";
import { cron } from "../../src/config/cron.ts";
import { duration } from "../../src/config/duration.ts";
import { choice, own } from "../../src/config/option.ts";

/** `message (hint)` */
function refusal(reading: () => unknown): string {
  try {
    return `accepted: ${JSON.stringify(reading())}`;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return `${error.message}${error.hint === null ? "" : ` (${error.hint})`}`;
  }
}

describe("a duration", () => {
  test.each([
    ["500ms", 500],
    ["10s", 10_000],
    ["5m", 300_000],
    ["1h", 3_600_000],
    ["7d", 604_800_000],
    ["1h30m", 5_400_000],
    ["1h 30m 5s", 5_405_000],
    ["90", 90_000],
    ["1.5", 1500],
    ["0.5s", 500],
    ["2 m", 120_000],
    ["0", 0],
  ])("%s is %i milliseconds", (text, ms) => {
    expect(duration(text)).toBe(ms);
  });

  const forms = "durations are 500ms, 10s, 5m, 1h, 7d or 1h30m; a bare number is seconds";
  test.each([
    ["soon", `not a duration: 'soon' (${forms})`],
    ["-5s", `not a duration: '-5s' (${forms})`],
    ["5 minutes", "not a duration: '5 minutes' (did you mean 5m)"],
    ["10sec", "not a duration: '10sec' (did you mean 10s)"],
    ["10S", "not a duration: '10S' (did you mean 10s)"],
    ["5M", `not a duration: '5M' (${forms})`],
    ["1h30", `not a duration: '1h30' (${forms})`],
    ["1w", `not a duration: '1w' (${forms})`],
    ["", `not a duration: '' (${forms})`],
    [`${"1".repeat(101)}s`, expect.stringMatching(/^not a duration: /)],
  ])("%s is none", (text, complaint) => {
    expect(refusal(() => duration(text))).toEqual(complaint);
  });

  test("has the bounds of its key, and ten years at most", () => {
    const bounds = own("duration", null, "", { least: 100 });
    expect(care.boundedDuration("100ms", bounds)).toBe(100);
    expect(refusal(() => care.boundedDuration("99ms", bounds))).toBe("99ms is less than 100ms");
    expect(refusal(() => care.boundedDuration("3651d", bounds))).toBe("3651d is more than 3650d");
    expect(refusal(() => care.boundedDuration(`${"9".repeat(90)}d`, bounds))).toMatch(/is more than 3650d$/);
  });
});

describe("a size", () => {
  const bounds = own("size", null, "", { least: 1024 ** 2 });
  test.each([
    ["64KB", 65_536],
    ["256MB", 268_435_456],
    ["1GB", 1_073_741_824],
    ["1.5gb", 1_610_612_736],
    ["1 tb", 1_099_511_627_776],
    ["100", 100],
    ["100B", 100],
  ])("%s is %i bytes", (text, bytes) => {
    expect(care.size(text, {})).toBe(bytes);
  });

  test.each([
    ["lots", "not a size: 'lots' (sizes are 64KB, 256MB, 1GB; a bare number is bytes)"],
    ["256M", "not a size: '256M' (did you mean 256MB)"],
    ["2Gi", "not a size: '2Gi' (did you mean 2GB)"],
    ["64kib", "not a size: '64kib' (did you mean 64KB)"],
    ["-1MB", "not a size: '-1MB' (sizes are 64KB, 256MB, 1GB; a bare number is bytes)"],
    ["256", "256 bytes is less than 1MB (did you mean 256MB)"],
    ["10KB", "10KB is less than 1MB"],
  ])("%s is none for a limit of memory", (text, complaint) => {
    expect(refusal(() => care.size(text, bounds))).toBe(complaint);
  });
});

describe("a percentage", () => {
  const ofCores = { least: 1, most: 100_000 };
  test("ends in its sign", () => {
    expect(care.percent("150%", ofCores)).toBe(150);
    expect(care.percent(" 12.5 % ", ofCores)).toBe(12.5);
  });

  test.each([
    ["2", ofCores, "'2' has no percent sign (200% is 2 processors)"],
    ["150", ofCores, "'150' has no percent sign (did you mean 150%)"],
    ["0.1", { most: 100 }, "'0.1' has no percent sign (did you mean 0.1%)"],
    ["half", ofCores, "not a percentage: 'half' (percentages end in %: 50%)"],
    ["0%", ofCores, "0% is less than 1%"],
    ["101%", { most: 100 }, "101% is more than 100%"],
  ])("%s is none", (text, bounds, complaint) => {
    expect(refusal(() => care.percent(text, bounds))).toBe(complaint);
  });
});

describe("a number", () => {
  const bounds = { least: -20, most: 19 };
  test("is whole and within the bounds of its key", () => {
    expect(care.count("-20", bounds)).toBe(-20);
    expect(refusal(() => care.count("20", bounds))).toBe("20 is more than 19");
    expect(refusal(() => care.count("-21", bounds))).toBe("-21 is less than -20");
    expect(refusal(() => care.count("1.5", bounds))).toBe("not a whole number: '1.5' (-20 to 19)");
    expect(refusal(() => care.count("-1", {}))).toBe("-1 is less than 0");
    expect(refusal(() => care.count("x", {}))).toBe("not a whole number: 'x'");
  });
});

test("a choice is one of its words, whatever their case", () => {
  const option = choice(["restart", "stop", "none"], "restart", "");
  expect(care.choice("STOP", option)).toBe("stop");
  expect(refusal(() => care.choice("restrat", option))).toBe(
    "'restrat' is not one of restart, stop, none (did you mean restart)",
  );
  expect(refusal(() => care.choice("maybe", option))).toBe("'maybe' is not one of restart, stop, none");
});

describe("a kernel limit", () => {
  const sized = own("rlimit", null, "", { sized: true });
  const plain = own("rlimit", null, "");
  test.each([
    ["1024", { soft: 1024 }],
    ["1024:4096", { soft: 1024, hard: 4096 }],
    ["1024 : unlimited", { soft: 1024, hard: null }],
    ["Unlimited", { soft: null }],
    ["infinity:infinity", { soft: null, hard: null }],
  ])("%s", (text, bounds) => {
    expect(care.rlimit(text, plain)).toEqual(bounds);
  });

  test("of bytes takes sizes", () => {
    expect(care.rlimit("64MB:1GB", sized)).toEqual({ soft: 67_108_864, hard: 1_073_741_824 });
  });

  test.each([
    ["64MB", plain, "not a limit: '64MB' (a whole number or unlimited, soft or soft:hard)"],
    ["64M", sized, "not a size: '64M' (did you mean 64MB)"],
    ["unlimted", plain, "not a limit: 'unlimted' (did you mean unlimited)"],
    ["1:2:3", plain, "not a limit: '1:2:3' (write soft or soft:hard)"],
    ["-1", plain, "not a limit: '-1' (a whole number or unlimited, soft or soft:hard)"],
    ["5:4", plain, "the soft limit is above the hard one (soft:hard, the lower one first)"],
    ["unlimited:4", plain, "the soft limit is above the hard one (soft:hard, the lower one first)"],
  ])("%s is none", (text, option, complaint) => {
    expect(refusal(() => care.rlimit(text, option))).toBe(complaint);
  });
});

describe("a crash loop", () => {
  test("is a number of exits in a time", () => {
    expect(care.crashloop("5/60s")).toEqual({ exits: 5, withinMs: 60_000 });
    expect(care.crashloop(" 1 / 2m ")).toEqual({ exits: 1, withinMs: 120_000 });
  });

  test.each([
    ["5", "not a number of exits in a time: '5' (for example 5/60s)"],
    ["0/60s", "not a number of exits in a time: '0/60s' (for example 5/60s)"],
    ["5/1min", "not a duration: '1min' (did you mean 1m)"],
    ["5/0", "0ms is less than 1ms"],
  ])("%s is none", (text, complaint) => {
    expect(refusal(() => care.crashloop(text))).toBe(complaint);
  });
});

describe("dependencies", () => {
  test("are names, each with a condition; started is meant without one", () => {
    expect(care.dependencies("db:healthy, migrate : Completed\ncache, g:p, g:p:healthy, db:healthy,")).toEqual([
      { on: "db", condition: "healthy" },
      { on: "migrate", condition: "completed" },
      { on: "cache", condition: "started" },
      { on: "g:p", condition: "started" },
      { on: "g:p", condition: "healthy" },
    ]);
  });

  test.each([
    ["a b", "not a dependency: 'a b' (NAME:started, NAME:healthy or NAME:completed)"],
    [":healthy", "not a dependency: ':healthy' (NAME:started, NAME:healthy or NAME:completed)"],
    ["a:b:c", "not a dependency: 'a:b:c' (NAME:started, NAME:healthy or NAME:completed)"],
  ])("%s is none", (text, complaint) => {
    expect(refusal(() => care.dependencies(text))).toBe(complaint);
  });
});

describe("secrets", () => {
  test("are names with paths, which may hold commas in a list of its own", () => {
    expect(care.secrets("A=/run/a, _B2 = b=c")).toEqual([
      { name: "A", path: "/run/a" },
      { name: "_B2", path: "b=c" },
    ]);
    expect(care.secrets("", ["A=/a,b"])).toEqual([{ name: "A", path: "/a,b" }]);
  });

  test.each([
    ["/run/a", "not a secret: '/run/a' (NAME=/path of the file that holds it)"],
    ["A=", "not a secret: 'A=' (NAME=/path of the file that holds it)"],
    ["2A=/a", "'2A' is no name of a variable"],
    ["A=/a,A=/b", "A appears twice"],
  ])("%s are none", (text, complaint) => {
    expect(refusal(() => care.secrets(text))).toBe(complaint);
  });
});

describe("an address", () => {
  test("for HTTP is a URL", () => {
    expect(care.url(" https://[::1]:8443/x?y ")).toBe("https://[::1]:8443/x?y");
  });

  test.each([
    ["localhost:8080/health", "did you mean http://localhost:8080/health"],
    [":8080/health", "did you mean http://localhost:8080/health"],
    ["/health", "did you mean http://localhost/health"],
    ["ftp://x/", "http://host:port/path"],
    ["http://", "http://host:port/path"],
  ])("%s is none for HTTP", (text, hint) => {
    expect(refusal(() => care.url(text))).toBe(`not an address for HTTP: '${text}' (${hint})`);
  });

  test.each([
    ["localhost:5432", "localhost", 5432],
    ["10.0.0.1:80", "10.0.0.1", 80],
    ["[::1]:80", "::1", 80],
    ["9000", "localhost", 9000],
    [":9000", "localhost", 9000],
  ])("%s is a host and a port", (text, host, port) => {
    expect(care.endpoint(text)).toEqual({ host, port });
  });

  test.each([
    ["localhost", "not a port: 'localhost' (host:port, as in localhost:5432)"],
    ["localhost:0", "port 0 is not 1 to 65535 (host:port, as in localhost:5432)"],
    ["localhost:65536", "port 65536 is not 1 to 65535 (host:port, as in localhost:5432)"],
    ["tcp://db:5432", "not a port: 'tcp://db:5432' (host:port, without a scheme in front)"],
    ["::1:80", "not a port: '::1:80' (host:port, as in localhost:5432)"],
  ])("%s is none", (text, complaint) => {
    expect(refusal(() => care.endpoint(text))).toBe(complaint);
  });
});

test("a regular expression is one that the engine takes", () => {
  expect(care.regexp("^ready in (\\d+)ms$")).toBe("^ready in (\\d+)ms$");
  expect(refusal(() => care.regexp("("))).toBe("not a regular expression: Unterminated group");
  expect(refusal(() => care.regexp("/[/i"))).toMatch(/^not a regular expression: .* \(no slashes around it\)$/);
});

test("a time zone is one that the runtime knows", () => {
  expect(care.timezone("Europe/Berlin")).toBe("Europe/Berlin");
  expect(refusal(() => care.timezone("Europe/Berln"))).toBe("no time zone 'Europe/Berln' (did you mean Europe/Berlin)");
  expect(refusal(() => care.timezone("Mars"))).toMatch(/^no time zone 'Mars'/);
});

test.each([
  ["sh -c 'exit 1'", "sh -c 'exit 1'"],
  [`a "b 'c" \\' d`, `a "b 'c" \\' d`],
])("the quotes of the command %s are closed", (text, command) => {
  expect(care.commandLine(text)).toBe(command);
});

test.each([
  ["sh -c 'exit 1", "No closing quotation (the ' is never closed)"],
  ['a "b \\"', 'No closing quotation (the " is never closed)'],
  ["a \\", "No escaped character (a backslash at the end)"],
])("the command %s has no end", (text, complaint) => {
  expect(refusal(() => care.commandLine(text))).toBe(complaint);
});

describe("a schedule", () => {
  test.each([["30 3 * * *"], ["*/5 0-6,22 1,15W JAN-mar MON#2"], ["0 30 3 L * +FRI"], ["0-30/10 * ? * 7"], ["@daily"]])(
    "%s",
    (text) => {
      expect(cron(text)).toBe(text);
    },
  );

  test.each([
    [
      "* * * *",
      "a schedule has 5 fields, or 6 with seconds first; this has 4 (minute hour day month weekday, as in 30 3 * * *)",
    ],
    ["61 * * * *", "61 is no minute (minute: 0 to 59, * for each, lists a,b, ranges a-b, steps */n)"],
    ["* 24 * * *", "24 is no hour (hour: 0 to 23, * for each, lists a,b, ranges a-b, steps */n)"],
    ["5/15 * * * *", "5/15 is no minute (steps are of * or of a range: 5-59/15)"],
    ["* * * FEBR *", "FEBR is no month (month: 1 to 12 or JAN to DEC, * for each, lists a,b, ranges a-b, steps */n)"],
    [
      "* * 9-3 * *",
      "9-3 is no day of the month (day of the month: 1 to 31, * for each, lists a,b, ranges a-b, steps */n)",
    ],
    ["1,,2 * * * *", "1,,2 is no minute (minute: 0 to 59, * for each, lists a,b, ranges a-b, steps */n)"],
    ["@noon", "@noon is no schedule (one of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly)"],
    ["@reboot", "@reboot is no schedule (one of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly)"],
  ])("%s is none", (text, complaint) => {
    expect(refusal(() => cron(text))).toBe(complaint);
  });
});
