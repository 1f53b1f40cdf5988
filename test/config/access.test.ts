import { describe, expect, test } from "vitest";
import { complaints, config } from "./files.ts";

const rpc =
  "[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface\n";
const section = (keys: string) => `[supervisord]\n[unix_http_server]\nfile=/tmp/s.sock\n${keys}\n${rpc}`;
const guests = async (keys: string) => (await config("access.conf", section(keys))).servers[0]?.guests;

test("without keys of ours a server knows no guests", async () => {
  expect(await guests("")).toBe(null);
  expect(await guests("username=a\npassword=b")).toBe(null);
});

test("guests are everyone, whoever has the token, and whoever may only look", async () => {
  expect(await guests("public=metrics, Health,metrics\nmetrics_token=s3cret==")).toEqual({
    open: ["health", "metrics"],
    metricsToken: "s3cret==",
    readOnly: null,
  });
  expect(await guests("readonly_username=ann\nreadonly_password={SHA}abc")).toEqual({
    open: [],
    metricsToken: null,
    readOnly: { username: "ann", password: "{SHA}abc" },
  });
});

test("a key that turns out to be empty does not open the server", async () => {
  expect(await guests("metrics_token=")).toEqual({ open: [], metricsToken: null, readOnly: null });
});

test("YAML takes a list", async () => {
  const yaml = "inet_http_server: { port: 9001, public: [health, metrics], metrics_token: t }\n";
  expect((await config("access.yaml", yaml)).servers).toMatchObject([
    { guests: { open: ["health", "metrics"], metricsToken: "t", readOnly: null } },
  ]);
});

describe("mistakes are told with their place", () => {
  const mine = "username=a\npassword=b\n";
  test.each([
    ["public=helth", "6:8 error 'helth' is not one of health, metrics (did you mean health)"],
    ["metrics_token=a b", "6:15 error metrics_token is not a token (letters, digits and signs, no blanks)"],
    [
      "readonly_username=x",
      "2:1 error Section [unix_http_server] contains incomplete authentication: If a readonly_username or a " +
        "readonly_password is specified, both the readonly_username and readonly_password must be specified",
    ],
  ])("%s", async (keys, complaint) => {
    expect(await complaints("wrong.conf", section(mine + keys))).toEqual([complaint]);
  });

  test("a daemon that nobody could control is warned of, one with a port for guests besides is not", async () => {
    const port = "[inet_http_server]\nport=*:9100\npublic=metrics\n";
    expect(await complaints("locked.conf", `[supervisord]\n${port}`)).toEqual([
      "2:1 warning nobody can control this daemon: its servers have guests, and no username and password " +
        "(add a [unix_http_server], or username and password)",
    ]);
    expect(await complaints("fine.conf", section("") + port)).toEqual([]);
  });
});
