import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Fault } from "../../src/core/faults.ts";
import { curl, type Served, serve } from "../helpers/api-server.ts";
import { FakeDaemon } from "../helpers/fake-daemon.ts";

let daemon: FakeDaemon;
let served: Served;

beforeEach(async () => {
  daemon = new FakeDaemon();
  daemon.add("cat");
  daemon.add("idle", { state: "STOPPED" });
  daemon.add("missing", { state: "STOPPED", startFault: new Fault("NO_FILE", "can't find command 'x'") });
  daemon.add("notexec", { state: "STOPPED", startFault: new Fault("NOT_EXECUTABLE", "no x bit") });
  daemon.add("dies", { state: "STOPPED", startFault: new Fault("SPAWN_ERROR") });
  daemon.add("web:a");
  served = await serve(daemon);
});

afterEach(() => served.close());

const at = (path: string, ...args: string[]) => curl(...args, `${served.httpUrl}${path}`);
const messageAt = async (query: string): Promise<string> => {
  const { status, headers } = await at(`/index.html?${query}`);
  expect(status).toBe(301);
  const location = headers.get("location") ?? "";
  expect(location.startsWith(`${served.httpUrl}/?message=`)).toBe(true);
  return decodeURIComponent(location.split("message=")[1] ?? "");
};

describe("orders of the status page", () => {
  const time = String.raw`\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}`;

  test("each is answered with supervisor's words", async () => {
    expect(await messageAt("action=refresh")).toMatch(new RegExp(`^Page refreshed at ${time}$`));
    expect(await messageAt("processname=idle&action=start")).toBe("Process idle started");
    expect(await messageAt("processname=idle&action=start")).toBe("ERROR: Process idle: already started");
    expect(await messageAt("processname=missing&action=start")).toBe("ERROR: Process missing: no such file");
    expect(await messageAt("processname=notexec&action=start")).toBe("ERROR: Process notexec: file not executable");
    expect(await messageAt("processname=dies&action=start")).toBe("ERROR: Process dies: spawn error");
    expect(await messageAt("processname=web%3Aa&action=stop")).toBe("Process web:a stopped");
    expect(await messageAt("processname=web:a&action=stop")).toBe("unexpected rpc fault [70] NOT_RUNNING: web:a");
    expect(await messageAt("processname=web:a&action=restart")).toBe("Process web:a restarted");
    expect(await messageAt("processname=cat&action=clearlog")).toBe("Log for cat cleared");
    expect(await messageAt("processname=nosuch&action=stop")).toBe("No such process named nosuch");
    expect(await messageAt("processname=web:*&action=stop")).toBe("No such process named web:*");
    expect(await messageAt("action=restartall")).toMatch(new RegExp(`^All restarted at ${time}$`));
    expect(await messageAt("action=stopall")).toMatch(new RegExp(`^All stopped at ${time}$`));
    expect(daemon.processes().some(({ state }) => state === "RUNNING")).toBe(false);
  });

  test("what is no order is refused", async () => {
    expect((await at("/?action=nosuch&processname=cat")).status).toBe(400);
    expect((await at("/?action=start")).status).toBe(400);
  });

  test("while shutting down they say so", async () => {
    daemon.current = "SHUTDOWN";
    expect(await messageAt("action=stopall")).toBe("unexpected rpc fault [6] SHUTDOWN_STATE");
    expect(await messageAt("processname=idle&action=start")).toBe(
      "ERROR: Process idle: unexpected rpc fault [6] SHUTDOWN_STATE",
    );
    expect((await at("/")).status).toBe(200);
  });

  test("the page's own forms lead back below whatever path a proxy has", async () => {
    const { status, headers } = await at("/index.html", "-d", "processname=cat&action=stop");
    expect([status, headers.get("location")]).toEqual([301, "./?message=Process%20cat%20stopped"]);
    expect(daemon.asked).toEqual(["stop cat:cat"]);
    expect((await at("/", "-d", "")).status).toBe(200);
  });
});

describe("pages", () => {
  test("the status page shows every process, what can be done with it, and a message as text", async () => {
    daemon.add("x<b>", { state: "BACKOFF" });
    const { body, headers } = await at("/?message=%3Cscript%3E");
    expect(body).toContain("&#60;script&#62;");
    expect(body).not.toMatch(/<script|<b>/);
    const row = (name: string) => body.split("<tr>").find((part) => part.includes(`>${name}</a>`)) ?? "";
    const labels = (name: string) => [...row(name).matchAll(/>([^<>]+)<\/(?:button|a)>/g)].map(([, label]) => label);
    expect(labels("cat")).toEqual(["cat", "Restart", "Stop", "Clear Log", "Tail -f Stdout", "Tail -f Stderr"]);
    expect(labels("idle")).toEqual(["idle", "Start", "Clear Log", "Tail -f Stdout", "Tail -f Stderr"]);
    expect(labels("x&#60;b&#62;").slice(1)).toEqual(["Clear Log", "Tail -f Stdout", "Tail -f Stderr"]);
    expect(row("web:a")).toContain('href="logtail/web%3Aa/stdout"');
    expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect(headers.get("cache-control")).toBe("no-store");
    daemon.list.length = 0;
    expect((await at("/")).body).toContain("No programs to manage");
  });

  test("the tail page shows at least a kilobyte, as text", async () => {
    daemon.find({ group: "cat", name: "cat" })?.stdout?.append(`${"x".repeat(3000)}<b>\u0007é`);
    const shown = async (query: string) => /<pre>(.*)<\/pre>/s.exec((await at(`/tail.html?${query}`)).body)?.[1];
    expect(await shown("processname=cat")).toBe(`${"x".repeat(1018)}&#60;b&#62;\u0007é`);
    expect(await shown("processname=cat&limit=5")).toMatch(/^x{1018}&/);
    expect(await shown("processname=cat&limit=2000")).toMatch(/^x{1994}&/);
    expect(await shown("processname=nosuch")).toBe("ERROR: unexpected rpc fault [10] BAD_NAME: nosuch");
    expect(await shown("")).toBe("No process name found");
    daemon.add("mute", { stdout: null });
    expect(await shown("processname=mute")).toBe("No file for mute");
  });
});
