import { describe, expect, test } from "vitest";
import { GetoptError, getopt } from "../../src/config/getopt.ts";

const short = "h?c:nm:";
const long = ["help", "configuration=", "nodaemon", "minfds=", "minprocs=", "logfile=", "logfile_maxbytes="];
const parse = (...argv: string[]) => getopt(argv, short, long);

describe("getopt", () => {
  test("accepts clusters, attached values and separate values", () => {
    expect(parse("-nc", "FILE").options).toEqual([
      ["-n", ""],
      ["-c", "FILE"],
    ]);
    expect(parse("-cFILE", "-?").options).toEqual([
      ["-c", "FILE"],
      ["-?", ""],
    ]);
  });

  test("accepts long options in both spellings and by unique prefix", () => {
    expect(parse("--configuration=a=b", "--conf", "x", "--no").options).toEqual([
      ["--configuration", "a=b"],
      ["--configuration", "x"],
      ["--nodaemon", ""],
    ]);
  });

  test("prefers the exact name to a longer one that begins with it", () => {
    expect(parse("--logfile", "x").options).toEqual([["--logfile", "x"]]);
  });

  test("stops at the first word that is no option, and after --", () => {
    expect(parse("-n", "status", "-c").rest).toEqual(["status", "-c"]);
    expect(parse("-n", "--", "-c").rest).toEqual(["-c"]);
    expect(parse("-", "-n").rest).toEqual(["-", "-n"]);
  });

  test.each([
    [["-x"], "option -x not recognized"],
    [["-nx"], "option -x not recognized"],
    [["-:"], "option -: not recognized"],
    [["-c"], "option -c requires argument"],
    [["--bogus"], "option --bogus not recognized"],
    [["--bogus=1"], "option --bogus not recognized"],
    [["--conf"], "option --configuration requires argument"],
    [["--min=1"], "option --min not a unique prefix"],
    [["--nodaemon=1"], "option --nodaemon must not have an argument"],
  ])("refuses %j as the reference does", (argv, message) => {
    expect(() => parse(...argv)).toThrow(new GetoptError(message));
  });
});
