/** `[log_target:x]`: what it says, in both forms of a list, and what is refused without telling a secret. */
import { expect, test } from "vitest";
import { withoutValues } from "../../src/core/redaction.ts";
import { complaints, config, load, write } from "./files.ts";

const programs = "[supervisord]\n[program:web]\ncommand=x\n[group:all]\nprograms=web\n";
const ini = (lines: string) => `${programs}[log_target:loki]\n${lines}\n`;
const url = "url=http://loki:3100/loki/api/v1/push";

test("a target needs an address, and has a value for everything else", async () => {
  const { logTargets } = await config("least.conf", ini(url));
  expect(logTargets).toEqual([
    {
      name: "loki",
      type: "loki",
      url: "http://loki:3100/loki/api/v1/push",
      programs: [],
      streams: ["stdout", "stderr"],
      labels: {},
      headers: {},
      login: null,
      caFile: null,
      batchBytes: 1024 * 1024,
      batchWaitMs: 1000,
      bufferBytes: 8 * 1024 * 1024,
      timeoutMs: 10_000,
      compress: true,
    },
  ]);
  expect((await config("none.conf", programs)).logTargets).toEqual([]);
});

test("both forms of a list say the same", async () => {
  const secret = write("secret", "hush\n");
  const lines = `type=ndjson
url=https://logs.example/in
programs=web, al*, -al?
streams=stderr
labels=env="%(ENV_WORD)s",job="%(program_name)s-%(process_name)s",process=""
headers=X-Scope-OrgID="acme",VL-Stream-Fields="program,stream"
username=me
password_file=${secret}
ca_file=%(here)s/secret
batch_size=64KB
batch_wait=200ms
buffer_size=1MB
timeout=3s
compress=false`;
  const yaml = `supervisord: {}
programs: { web: { command: x } }
groups: { all: { programs: [web] } }
log_targets:
  loki:
    type: ndjson
    url: https://logs.example/in
    programs: [web, "al*", -al?]
    streams: [stderr]
    labels: { env: "%(ENV_WORD)s", job: "%(program_name)s-%(process_name)s", process: "" }
    headers: { X-Scope-OrgID: acme, VL-Stream-Fields: "program,stream" }
    username: me
    password: { file: ${secret} }
    ca_file: "%(here)s/secret"
    batch: { size: 64KB, wait: 200ms }
    buffer_size: 1MB
    timeout: 3s
    compress: false
`;
  const [fromIni] = (await config("all.conf", ini(lines))).logTargets;
  const [fromYaml] = (await config("all.yaml", yaml)).logTargets;
  expect(fromYaml).toEqual(fromIni);
  expect(fromIni?.labels.env).toBe("word");
  expect(fromIni?.login).toEqual({ type: "basic", username: "me", password: { file: secret } });
});

test.each([
  [
    "type=loki",
    "6:1 error section [log_target:loki] has no url value (for example url=http://loki:3100/loki/api/v1/push)",
  ],
  ["url=loki:3100", "7:5 error not an address for HTTP: 'loki:3100' (did you mean http://loki:3100)"],
  [
    "url=http://me:pass@loki/x",
    "7:5 error url has a user in it (write username and password, which are told to nobody)",
  ],
  ["url=http://loki:3100", "7:1 warning url has no path (Loki takes lines at /loki/api/v1/push)"],
  [`${url}\nprograms=wep`, "8:10 error [log_target:loki] names unknown program wep (did you mean web)"],
  [`${url}\nprograms=web, -db*`, "8:16 warning no program or group is called db*"],
  [`${url}\nlabels=a.b=1`, '8:8 error "a.b" is no name of a label (letters, digits and _, not __ in front)'],
  [`${url}\nlabels=__x=1`, '8:8 error "__x" is no name of a label (letters, digits and _, not __ in front)'],
  [`${url}\nlabels=group="",process="",program="",stream=""`, "8:8 error no label is left (Loki wants at least one)"],
  [
    `${url}\nlabels=${Array.from({ length: 12 }, (_, n) => `l${n}=x`).join()}`,
    "8:8 error 16 labels are more than the 15 that Loki takes",
  ],
  [`type=ndjson\n${url}\nlabels=message=x`, "9:8 error message is a field that every line has"],
  [`${url}\nlabels=oops`, '8:8 error labels cannot be read (pairs are NAME="value" with commas between)'],
  [
    `${url}\nlabels=a="%(hush)s"`,
    "8:11 error labels cannot be expanded (known here: %(program_name)s, %(process_name)s, %(group_name)s, %(here)s, %(host_node_name)s, %(ENV_X)s)",
  ],
  [`${url}\nlabels=a="50%"`, "8:13 error labels cannot be expanded (write %% for a percent sign)"],
  [`${url}\nheaders=Host=x`, "8:9 error the header Host is ours to set"],
  [`${url}\nheaders=A="é"`, "8:9 error the header A holds what no header can"],
  [`${url}\ntoken=x\nheaders=Authorization=x`, "9:9 error Authorization is what username and token make"],
  [`${url}\nusername=me`, "8:10 error there is a username and no password (write both, or neither)"],
  [`${url}\npassword=x`, "6:1 error there is a password and no username (write both, or neither)"],
  [`${url}\nusername=me\ntoken=x`, "8:10 error username and token are two ways to log in (keep one of them)"],
  [`${url}\ntoken=x\ntoken_file=%(here)s/secret`, "9:12 error token and token_file are two (keep one)"],
  [`${url}\ntoken=a b`, "8:7 error token is not a token (letters, digits and signs, no blanks)"],
  [
    `${url}\nbuffer_size=1MB`,
    "8:13 error buffer_size holds less than two batches (batch_size is 1MB, buffer_size 1MB)",
  ],
  [`${url}\nca_file=%(here)s/secret`, "8:1 warning ca_file has no effect without https"],
  [`${url}\ntoken=x`, "7:1 warning token goes over the network as plain text (use https)"],
  [`${url}\nurls=x`, "8:1 warning unknown key urls is ignored (did you mean url)"],
])("%j is told as %j", async (lines, expected) => {
  write("secret", "hush\n");
  expect(await complaints("bad.conf", ini(lines))).toContain(expected);
});

test("what the daemon says at its start names the section, as of programs", async () => {
  write("start.conf", ini(`${url}\nbatch_size=0`));
  const loaded = await load("start.conf");
  expect(loaded.ok ? "" : loaded.message).toBe(
    "0 bytes is less than 1KB in section 'log_target:loki' (file: 'start.conf')",
  );
});

test("a file that is not there is warned about: it may still come", async () => {
  const found = await complaints("missing.conf", ini(`url=https://x/y\ntoken_file=/no/such/file`));
  expect(found).toContain("8:1 warning cannot read /no/such/file: no such file (nothing is sent without it)");
});

test.each([
  "password=hush%s",
  "token=%(hush",
  "headers=A=hush,B",
  "labels=hush=",
  "url=hush://me:hush@x",
  "password=hush%(no)s",
])("what a reread says of %s has no value in it", async (lines) => {
  write("reread.conf", ini(`${lines.startsWith("url") ? "" : `${url}\n`}${lines}`));
  const loaded = await load("reread.conf");
  const said = loaded.ok ? [] : [loaded.message, ...loaded.complaints.map(({ message }) => message)];
  expect(said.length).toBeGreaterThan(0);
  expect(said.map(withoutValues).join("\n")).not.toContain("hush");
});
