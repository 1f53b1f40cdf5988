import { describe, expect, test } from "vitest";
import { EnvFileError, parseEnvFile } from "../../src/core/env-file.ts";

const read = (text: string) => Object.fromEntries(parseEnvFile(text));

function refusal(text: string): string {
  try {
    return `read: ${JSON.stringify(read(text))}`;
  } catch (error) {
    if (error instanceof EnvFileError) return `${error.line}: ${error.message}`;
    throw error;
  }
}

describe("a file of variables", () => {
  test.each([
    ["A=1", { A: "1" }],
    ["A: 1", { A: "1" }],
    ["  A = two words  ", { A: "two words" }],
    ["export A=1", { A: "1" }],
    ["A=", { A: "" }],
    ["A=b=c==", { A: "b=c==" }],
    ["A=1\nA=2", { A: "2" }],
    ["A=1\r\nB=2\r\n", { A: "1", B: "2" }],
    ["\uFEFFA=1", { A: "1" }],
    ["\n# A=1\n  # B=2\nC=3\n", { C: "3" }],
    ["A=1 # one\nB=2# two\nC= # nothing\nD=#three", { A: "1", B: "2# two", C: "", D: "#three" }],
    ["A\nB=1", { B: "1" }],
    ["my.var-1=x", { "my.var-1": "x" }],
    ["", {}],
  ])("%j", (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  test("takes $ as it is, so that a password stays one", () => {
    expect(read("A=pa$$w${\nB=\"$HOME \\$HOME\"\nC='$HOME'")).toEqual({
      A: "pa$$w${",
      B: "$HOME $HOME",
      C: "$HOME",
    });
  });

  test("keeps everything in single quotes but \\'", () => {
    expect(read("A=' # it\\'s \\n \"so\" ' # comment")).toEqual({ A: ' # it\'s \\n "so" ' });
  });

  test("knows the escapes of double quotes, and keeps backslashes before others", () => {
    expect(read('A="\\"\\n\\r\\t\\\\\\x" # comment')).toEqual({ A: '"\n\r\t\\\\x' });
  });

  test("takes several lines in quotes: a key in PEM", () => {
    const pem = "-----BEGIN KEY-----\nMIIB\n-----END KEY-----\n";
    expect(read(`A="${pem}"\r\nB='${pem}'\nC=3`)).toEqual({ A: pem, B: pem, C: "3" });
  });

  test.each([
    ["A=1\nhunter2 secret", "2: is neither NAME=value nor a comment"],
    ["=1", "1: is neither NAME=value nor a comment"],
    ["A='1\nB=2\n", "1: a quote of A is not closed"],
    ['\nA="\\"', "2: a quote of A is not closed"],
    ['A="1\n2" 3', "2: there is more behind the quoted value of A"],
    ["A=1\nB=\0", "2: holds a NUL byte"],
  ])("refuses %j by line, without showing what stands there", (text, expected) => {
    expect(refusal(text)).toBe(expected);
  });

  test("is read in time that grows with its length only", () => {
    const before = performance.now();
    expect(parseEnvFile('A="x" # y\n'.repeat(100_000)).get("A")).toBe("x");
    expect(refusal(`A="${"x ".repeat(500_000)}`)).toBe("1: a quote of A is not closed");
    expect(refusal(`A="${'\\"'.repeat(500_000)}`)).toBe("1: a quote of A is not closed");
    expect(performance.now() - before).toBeLessThan(2000);
  });
});
