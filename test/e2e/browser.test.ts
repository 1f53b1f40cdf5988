/**
 * The pages that need no scripts, as a person uses them, in Debian's Chromium: what the buttons do, what can be read (the
 * live page is in web.test.ts); and that a page of a stranger gets nowhere, neither from its own site nor by giving its name our address (DNS rebinding).
 */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startBrowser } from "../helpers/browser.ts";
import { startDaemon, type TestDaemon } from "../helpers/daemon.ts";
import { freePort } from "../helpers/port.ts";
import { until } from "../helpers/until.ts";

const programs = (port: number): string => `[inet_http_server]
port=*:${port}
allowed_hosts=ours.example
[program:cat]
command=/bin/cat
startsecs=0
stdout_logfile=%(here)s/cat.log
[program:worker]
command=/bin/sleep 1000
process_name=%(program_name)s_%(process_num)02d
numprocs=2
startsecs=0
[program:off]
command=/bin/sleep 1000
autostart=false
startsecs=0
`;

let browser: Browser;
let port: number;
let stranger: Page;
let daemon: TestDaemon;

/** A page of somebody else. */
async function site(text: string, at: number): Promise<Server> {
  const server = createServer((_, response) => {
    response.setHeader("Content-Type", "text/html").end(`<!DOCTYPE html><title>site</title><p>${text}`);
  }).listen(at, "127.0.0.1");
  await once(server, "listening");
  return server;
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

async function open(url: string, options: BrowserContextOptions = {}): Promise<Page> {
  const page = await browser.newPage(options);
  await page.goto(url);
  return page;
}

beforeAll(async () => {
  port = await freePort();
  // Strangers' names and ours lead to the same machine.
  browser = await startBrowser({ "*.example": "127.0.0.1" });
  // The stranger's page is loaded from his server; then, as after a change of his DNS, the daemon answers there.
  const kittens = await site("kittens", port);
  stranger = await open(`http://evil.example:${port}/`);
  expect(await stranger.textContent("body")).toBe("kittens");
  await closed(kittens);
  daemon = await startDaemon(programs(port));
  for (const name of ["cat", "worker:worker_00", "worker:worker_01"]) await daemon.reaches(name, "RUNNING");
});
afterAll(async () => {
  await browser?.close();
  await daemon?.end();
});

const pids = async (): Promise<number[]> =>
  Promise.all(["cat", "worker:worker_00", "worker:worker_01"].map(async (name) => (await daemon.info(name)).pid));

describe("the status page, without scripts", () => {
  let page: Page;
  beforeEach(async () => {
    page = await open(`http://127.0.0.1:${port}/`, { javaScriptEnabled: false });
    return () => page.close();
  });

  const row = (name: string): Locator =>
    page.locator("tbody tr").filter({ has: page.getByRole("link", { name, exact: true }) });
  const cells = async (name: string): Promise<string[]> =>
    (await row(name).locator("td").allTextContents()).slice(0, 3);
  const press = (name: string, label: string) => row(name).getByText(label, { exact: true }).click();
  const message = (text: string) => page.getByRole("status").filter({ hasText: text }).waitFor();

  test("shows every process, in its own style, and the browser complains of nothing", async () => {
    const complaints: string[] = [];
    page.on("console", (line) => complaints.push(line.text()));
    page.on("requestfailed", (request) => {
      // What the page before had not loaded when it was left is nobody's failure.
      if (request.failure()?.errorText !== "net::ERR_ABORTED") complaints.push(request.url());
    });
    await page.goto(`http://localhost:${port}/`, { waitUntil: "networkidle" });
    expect(await cells("cat")).toEqual(["running", expect.stringMatching(/^pid \d+, uptime 0:00:\d\d$/), "cat"]);
    expect(await cells("off")).toEqual(["stopped", "Not started", "off"]);
    expect(await page.locator("tbody tr").count()).toBe(4);
    const colour = (state: string) =>
      page.evaluate(`getComputedStyle(document.querySelector(".state.${state}")).color`);
    expect(await colour("running")).not.toBe(await colour("stopped"));
    expect(complaints).toEqual([]);
  });

  test("sticks out of no window, down to that of a telephone", async () => {
    for (const width of [1400, 1000, 700, 360]) {
      await page.setViewportSize({ width, height: 700 });
      expect(await page.evaluate("document.documentElement.scrollWidth"), `${width} wide`).toBeLessThanOrEqual(width);
    }
  });

  test.each(["light", "dark"] as const)("can be used by everybody, %s", async (colorScheme) => {
    const context = await browser.newContext({ colorScheme, bypassCSP: true });
    // As if it had no scripts, for axe-core needs some.
    await context.route("**/web/**", (route) => route.abort());
    const seen = await context.newPage();
    for (const path of ["/?message=Process%20cat%20restarted", "/tail.html?processname=cat"]) {
      await seen.goto(`http://127.0.0.1:${port}${path}`);
      await seen.addScriptTag({ path: fileURLToPath(import.meta.resolve("axe-core")) });
      const violations = await seen.evaluate(
        "axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ' ' + nodes[0].html))",
      );
      expect(violations, path).toEqual([]);
    }
    await context.close();
  });

  test("restarts a program: the message tells, and it has a new process id", async () => {
    const before = (await daemon.info("cat")).pid;
    await press("cat", "Restart");
    await message("Process cat restarted");
    const after = (await daemon.info("cat")).pid;
    expect(after).not.toBe(before);
    expect((await cells("cat"))[1]).toContain(`pid ${after}, uptime `);
  });

  test("starts and stops, and offers what can be done now", async () => {
    await press("off", "Start");
    await message("Process off started");
    expect((await cells("off"))[0]).toBe("running");
    await press("off", "Stop");
    await message("Process off stopped");
    expect((await cells("off"))[0]).toBe("stopped");
    await page.getByRole("button", { name: "Refresh" }).click();
    await message("Page refreshed at ");
  });

  test("leads to the log: its end, and what is written while one looks", async () => {
    await daemon.rpc("supervisor.sendProcessStdin", "cat", "first é <b>\n");
    await until("it is logged", () => daemon.read("cat.log").includes("first"));
    await press("cat", "cat");
    expect(await page.textContent("pre")).toContain("first é <b>");
    await page.getByText("All processes").click();
    const [follower] = await Promise.all([page.waitForEvent("popup"), press("cat", "Tail -f Stdout")]);
    await until("the end is seen", async () => (await follower.textContent("body"))?.includes("first é <b>"));
    await daemon.rpc("supervisor.sendProcessStdin", "cat", "second\n");
    // Chromium sometimes keeps the last piece of a text that has not ended until the next one comes.
    await until("the next line is seen", async () => {
      await daemon.rpc("supervisor.sendProcessStdin", "cat", "and so on\n");
      return (await follower.textContent("body"))?.includes("second");
    });
    await follower.close();
    await press("cat", "Clear Log");
    await message("Log for cat cleared");
    expect(daemon.read("cat.log")).toBe("");
  });

  test("works under a name that is allowed", async () => {
    await page.goto(`http://ours.example:${port}/`);
    const before = await pids();
    await page.getByRole("button", { name: "Restart All" }).click();
    await message("All restarted at ");
    expect((await pids()).filter((pid) => before.includes(pid))).toEqual([]);
  });
});

test("a server that others reach without a password is warned about, with what that means", () => {
  expect(daemon.log).toMatch(
    /WARN Server 'inet_http_server' listens on every address without a password: whoever reaches it controls every program/,
  );
});

describe("the page of a stranger", () => {
  const call = (method: string): string => `<methodCall><methodName>${method}</methodName></methodCall>`;
  const hidden = { "User-Agent": "curl/8", "Accept-Language": "*", "X-Forwarded-Host": "localhost" };
  const post = (body: string): object => ({ method: "POST", body });
  const form = { ...post("action=stopall"), headers: { "Content-Type": "application/x-www-form-urlencoded" } };
  const tries: [string, string, object][] = [
    ["an order by XML-RPC", "/RPC2", post(call("supervisor.stopAllProcesses"))],
    [
      "an order by XML-RPC that hides what it can",
      "/RPC2",
      {
        ...post(call("supervisor.shutdown")),
        referrerPolicy: "no-referrer",
        headers: { ...hidden, "Content-Type": "text/xml" },
      },
    ],
    ["a button of the page", "/", form],
    ["a link of supervisord's page", "/?action=stopall", {}],
    ["such a link, hidden", "/?action=stopall", { referrerPolicy: "no-referrer", headers: hidden }],
    ["the list of processes", "/", {}],
    ["the end of a log", "/tail.html?processname=cat", {}],
    ["a log", "/logtail/cat", {}],
    ["what the live page is told", "/live", {}],
    ["the logs that it shows", "/live/log?process=cat", { headers: hidden }],
    ["the daemon's log", "/mainlogtail", { headers: { Range: "bytes=0-" } }],
  ];

  test.each(tries)("that has taken our address gets 403 and nothing done: %s", async (_, path, options) => {
    const before = await pids();
    const [status, body] = await stranger.evaluate<[number, string]>(
      `fetch(${JSON.stringify(path)}, ${JSON.stringify(options)}).then(async (r) => [r.status, await r.text()])`,
    );
    expect([status, body]).toEqual([403, expect.stringContaining("allowed_hosts=evil.example")]);
    expect(await pids()).toEqual(before);
    expect(await daemon.rpc("supervisor.getState")).toMatchObject({ statename: "RUNNING" });
  });

  test("reads why, when a person opens it", async () => {
    const page = await open(`http://evil.example:${port}/`);
    expect(await page.textContent("body")).toMatch(
      /asks for no password.*Open it by its IP address, set username and password/,
    );
  });

  test("is refused from its own site as well", async () => {
    const puppies = await site("puppies", 0);
    const { port: other } = puppies.address() as AddressInfo;
    const target = `http://127.0.0.1:${port}`;
    const before = await pids();
    try {
      for (const host of ["evil.example", "127.0.0.1", "localhost"]) {
        const page = await open(`http://${host}:${other}/`);
        const body = JSON.stringify(call("supervisor.stopAllProcesses"));
        await page.evaluate(
          `fetch("${target}/RPC2", { method: "POST", mode: "no-cors", body: ${body} }).catch(() => 0)`,
        );
        await page.evaluate(`Object.assign(new Image(), { src: "${target}/?action=stopall" }).decode().catch(() => 0)`);
        const read = await page.evaluate(
          `fetch("${target}/tail.html?processname=cat").then((r) => r.text(), (error) => error.message)`,
        );
        expect(read).toBe("Failed to fetch");
        // A form takes the window along; what it shows then is the refusal, or nothing at all.
        const form = `<form method="post" action="${target}/"><input name="action" value="stopall"></form>`;
        await page.evaluate(`document.body.innerHTML += ${JSON.stringify(form)}; document.forms[0].submit()`);
        await until("the form is answered", async () => !(await page.content()).includes("puppies"));
        expect(await page.content()).not.toContain("stopped");
      }
      expect(await pids()).toEqual(before);
    } finally {
      await closed(puppies);
    }
  });
});
