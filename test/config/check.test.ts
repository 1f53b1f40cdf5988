import { describe, expect, test } from "vitest";
import { checkFile, formatComplaints } from "../../src/config/check.ts";
import type { Complaint } from "../../src/config/complaint.ts";
import { environment, folder, write } from "./files.ts";
import { machine } from "./machine.ts";

const check = (path: string, content: string) => {
  write(path, content);
  return checkFile(path, machine(folder, environment));
};

describe("checkFile", () => {
  test("shows every mistake with its line, a mark and what was meant, and fails", async () => {
    const { text, exitCode } = await check(
      "bad.conf",
      `[supervisord]
[program:web]
command=/bin/date +%H
autostart=maybe
startsec=5
stopsignal=TREM
user=nosuch
[group:g]
programs=web,wep
[program:late]
command=%(ENV_WROD)s
`,
    );
    expect(
      text,
    ).toBe(`bad.conf:3:20: error: Format string '/bin/date +%H' for 'program:web.command' is badly formatted: unsupported format character 'H' (0x48) at index 12
    command=/bin/date +%H
                       ^~
    hint: write %% for a percent sign
bad.conf:4:11: error: not a valid boolean value: 'maybe'
    autostart=maybe
              ^~~~~
    hint: write true or false
bad.conf:5:1: warning: unknown key startsec is ignored
    startsec=5
    ^~~~~~~~
    hint: did you mean startsecs
bad.conf:6:12: error: value 'TREM' is not a valid signal name
    stopsignal=TREM
               ^~~~
    hint: did you mean TERM
bad.conf:7:6: error: Invalid user name nosuch
    user=nosuch
         ^~~~~~
bad.conf:9:14: error: [group:g] names unknown program or fcgi-program wep
    programs=web,wep
                 ^~~
    hint: did you mean web
bad.conf:11:9: error: Format string '%(ENV_WROD)s' for 'program:late.command' contains names ('ENV_WROD') which cannot be expanded
    command=%(ENV_WROD)s
            ^~~~~~~~~~~~
    hint: did you mean %(ENV_WORD)s
bad.conf: 6 errors, 1 warning
`);
    expect(exitCode).toBe(2);
  });

  test("does not fail for warnings", async () => {
    const { text, exitCode } = await check("warned.conf", "[supervisord]\n[program:p]\ncommand=x\nfoo=1\n");
    expect(text).toContain("warned.conf:4:1: warning: unknown key foo is ignored\n");
    expect(text).toContain("warned.conf: ok, 1 group with 1 process, 1 warning\n");
    expect(exitCode).toBe(0);
  });

  test("says ok and how much there is", async () => {
    const { text } = await check(
      "fine.yaml",
      "programs: {p: {command: x, numprocs: 2, process_name: '%(process_num)s'}}\n",
    );
    expect(text).toBe("fine.yaml: ok, 1 group with 2 processes\n");
  });

  test("shows places in YAML and in included files", async () => {
    write("part.conf", "[program:p]\ncommand=x\nstartsecs=soon\n");
    const { text } = await check(
      "outer.yaml",
      "include: [part.conf]\nprograms:\n  q:\n    command: x\n    autostart: often\n",
    );
    expect(text).toContain("    startsecs=soon\n              ^~~~\n");
    expect(text).toContain(
      "outer.yaml:5:16: error: not a valid boolean value: 'often'\n    " +
        "    autostart: often\n                   ^~~~~\n",
    );
  });

  test("says what is wrong with a file that is not there", async () => {
    const { text, exitCode } = await checkFile("/nonexistent/x.conf", machine(folder));
    expect(text).toBe(
      "/nonexistent/x.conf:1:1: error: could not find config file /nonexistent/x.conf\n/nonexistent/x.conf: 1 error\n",
    );
    expect(exitCode).toBe(2);
  });
});

describe("formatComplaints", () => {
  const complaint = (place: Partial<Complaint>): Complaint => ({
    severity: "error",
    file: "f",
    line: 1,
    column: 1,
    length: 1,
    section: null,
    key: null,
    message: "m",
    hint: null,
    ...place,
  });

  test("cuts a long line to the part around the mark", () => {
    const line = `${"a".repeat(5000)}XYZ${"b".repeat(5000)}`;
    const text = formatComplaints([complaint({ column: 5001, length: 3 })], () => line);
    const [, shown = "", mark = ""] = text.split("\n");
    expect(shown.length).toBeLessThan(130);
    expect(shown.slice(mark.indexOf("^"), mark.length)).toBe("XYZ");
  });

  test("lets nothing from a file steer the terminal", () => {
    const text = formatComplaints([complaint({ message: "bad \u001b[2Jvalue" })], () => "x=\u001b[2J\u0007\ty");
    expect(text.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
  });

  test("sorts by place within a file", () => {
    const text = formatComplaints(
      [complaint({ line: 9 }), complaint({ line: 2, column: 5 }), complaint({ line: 2 })],
      () => null,
    );
    expect(text).toBe("f:2:1: error: m\nf:2:5: error: m\nf:9:1: error: m\n");
  });
});
