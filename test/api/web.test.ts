import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Fault } from "../../src/core/faults.ts";
import { curl, type Served, serve } from "../helpers/api-server.ts";
import { FakeDaemon } from "../helpers/fake-daemon.ts";
import { until } from "../helpers/until.ts";

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
    expect(await messageAt("processname=nosuch&action=nosuch")).toBe("No such process named nosuch");
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
    daemon.feed.tell({ type: "group", group: "cat", what: "removed" });
    expect((await at("/")).body).toContain("No programs to manage");
  });

  test("however many ask for the status page, its table is written once a second and when something has happened", async () => {
    let times = 0;
    const { processes } = daemon;
    daemon.processes = () => {
      times++;
      return processes.call(daemon);
    };
    const writtenBy = async () => {
      const before = times;
      await Promise.all([at("/"), at("/index.html?message=x"), at("/", "-d", "")]);
      return times - before;
    };
    await until("many look at one table", async () => (await writtenBy()) + (await writtenBy()) < 2);
    await until("it is written again", async () => (await writtenBy()) === 1);
    daemon.add("fresh");
    daemon.feed.tell({ type: "group", group: "fresh", what: "added" });
    expect((await at("/")).body).toContain(">fresh</a>");
    expect(await messageAt("processname=fresh&action=stop")).toBe("Process fresh stopped");
    expect((await at("/")).body.split("<tr>").find((row) => row.includes(">fresh</a>"))).toContain("stopped");
  });

  test("of those who take nothing of the status page only so many are answered", async () => {
    for (let number = 0; number < 5000; number++) daemon.add(`worker-${number}`);
    const sockets: Socket[] = [];
    try {
      const first: string[] = [];
      for (let client = 0; client < 16; client++) {
        const socket = connect(served.socket);
        sockets.push(socket);
        socket.write("GET / HTTP/1.0\r\n\r\n");
        await once(socket, "readable");
        first.push(String(socket.read(12)));
      }
      expect(first[0]).toBe("HTTP/1.1 200");
      expect(first.at(-1)).toBe("HTTP/1.1 503");
    } finally {
      for (const socket of sockets) socket.destroy();
    }
    await until("others are answered again", async () => (await at("/")).status === 200);
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
