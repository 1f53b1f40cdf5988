/**
 * The live page as a person uses it, in Debian's Chromium: whole journeys, with a mouse and without, on a wide screen and
 * on a telephone, and while the daemon goes away and comes back. A browser that complains of anything fails the test.
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { startBrowser } from "../helpers/browser.ts";
import { newDirectory, startDaemon, type TestDaemon } from "../helpers/daemon.ts";
import { freePort } from "../helpers/port.ts";
import { until } from "../helpers/until.ts";

const programs = (port: number): string => `[inet_http_server]
port=127.0.0.1:${port}
username=owner
password=secret
readonly_username=guest
readonly_password=look
[program:cat]
command=/bin/sh -c 'printf "\\033[31mred\\033[0m ready\\n"; exec cat'
startsecs=0
memory_limit=100MB
[program:<b>bold]
command=/bin/sleep 1000
startsecs=0
[program:migrate]
type=oneshot
command=/bin/true
[program:worker]
command=/bin/sh -c 'echo taking jobs; test -e %(here)s/broken%(process_num)d && { echo "no database at <i>10.0.0.5</i>" >&2; exit 3; }; exec sleep 1000'
process_name=%(program_name)s_%(process_num)02d
numprocs=3
startsecs=1
startretries=0
`;

let browser: Browser;
let port: number;
let daemon: TestDaemon;
let directory: string;
const pages: Page[] = [];
const complaints: string[] = [];

async function open(hash = "", options: BrowserContextOptions = {}, user = "owner:secret"): Promise<Page> {
  const [username = "", password = ""] = user.split(":");
  const context = await browser.newContext({
    viewport: { width: 1300, height: 800 },
    httpCredentials: { username, password },
    ...options,
  });
  const page = await context.newPage();
  pages.push(page);
  page.on("console", (line) => complaints.push(line.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(`http://127.0.0.1:${port}/${hash}`);
  await page.getByText("live", { exact: true }).waitFor();
  // Whom one may ask is told before anything else.
  await page.getByText(/^spaced \d/).waitFor();
  return page;
}

const row = (page: Page, name: string) =>
  page.locator("tbody tr.program").filter({ has: page.getByRole("link", { name, exact: true }) });
const state = (page: Page, name: string): Promise<string | null> => row(page, name).locator(".chip").textContent();
const shows = (page: Page, name: string, wanted: string) =>
  until(`${name} is shown as ${wanted}`, async () => (await state(page, name)) === wanted);
const yes = (page: Page) => page.getByRole("button", { name: "Yes" }).click();

beforeAll(async () => {
  port = await freePort();
  browser = await startBrowser();
  directory = newDirectory();
  writeFileSync(join(directory, "broken1"), "");
  daemon = await startDaemon(programs(port), { directory });
  await daemon.reaches("worker:worker_01", "FATAL");
  for (const name of ["worker:worker_00", "worker:worker_02"]) await daemon.reaches(name, "RUNNING");
});
afterAll(async () => {
  await browser?.close();
  await daemon?.end();
  rmSync(directory, { recursive: true, force: true });
});
afterEach(async () => {
  for (const page of pages.splice(0)) await page.context().close();
  expect(complaints.splice(0)).toEqual([]);
});

describe("journeys", () => {
  test("finds the crashed worker, sees why, and starts it again", async () => {
    const page = await open();
    await until("the title says so", async () => (await page.title()) === "(1) supervisor: running");
    const wrong = page.getByRole("region", { name: "What is wrong" });
    expect(await wrong.textContent()).toContain("worker:worker_01 FATAL exit 3");
    await wrong.getByRole("link", { name: "worker:worker_01" }).click();
    const detail = page.getByRole("complementary", { name: "Details of worker:worker_01" });
    await detail.getByText("no database at <i>10.0.0.5</i>").first().waitFor();
    expect(await detail.textContent()).toContain("is given up until somebody starts it");
    expect(await detail.locator("i").count()).toBe(0);
    await detail.getByRole("table").filter({ hasText: "exit 3" }).waitFor();
    rmSync(daemon.path("broken1"));
    await detail.getByRole("button", { name: "Start" }).click();
    await page.getByText("started worker:worker_01").waitFor();
    await shows(page, "worker_01", "RUNNING");
    expect(await page.locator("p.sr[role=status]").textContent()).toBe("worker:worker_01 is coming back");
  });

  test("stops several that are marked, after asking, and starts them again", async () => {
    const page = await open();
    for (const name of ["worker:worker_00", "worker:worker_02"]) await page.getByLabel(`Mark ${name}`).check();
    await page.getByRole("group", { name: "2 marked programs" }).getByRole("button", { name: "Stop" }).click();
    const dialog = page.getByRole("dialog", { name: "Stop 2 programs?" });
    await dialog.waitFor();
    expect(await dialog.getByRole("listitem").allTextContents()).toEqual([
      "worker:worker_00  RUNNING",
      "worker:worker_02  RUNNING",
    ]);
    await dialog.getByRole("button", { name: "No" }).click();
    expect((await daemon.info("worker:worker_00")).statename).toBe("RUNNING");
    await page.keyboard.press("x");
    await yes(page);
    await page.getByText("stopped 2 programs").waitFor();
    for (const name of ["worker_00", "worker_02"]) await shows(page, name, "STOPPED");
    expect(await page.locator("tr.group").textContent()).toContain("1 of 3 up");
    await page.getByRole("button", { name: "Restart all of worker" }).click();
    await yes(page);
    for (const name of ["worker_00", "worker_01", "worker_02"]) await shows(page, name, "RUNNING");
  });

  test("follows a log, stands still, searches it, and writes to a program", async () => {
    const page = await open("#program/cat:cat/log");
    const lines = page.getByRole("log");
    await page.getByRole("button", { name: "Input" }).click();
    await page.getByLabel("One line").fill("first <script>alert(1)</script>");
    await page.keyboard.press("Enter");
    await lines.getByText("first <script>alert(1)</script>").waitFor();
    expect(await lines.locator(".fg-1").textContent()).toBe("red");
    await daemon.rpc("supervisor.sendProcessStdin", "cat", "needle one\nhay\nneedle two\n");
    await lines.getByText("needle two").waitFor();
    await page.getByRole("searchbox", { name: "Search the log" }).fill("needle");
    await page.getByText("2 of 2").waitFor();
    await page.keyboard.press("Enter");
    await page.getByText("1 of 2").waitFor();
    await page.getByText("standing still").waitFor();
    expect(await lines.locator(".found").textContent()).toBe("needle one");
    await daemon.rpc("supervisor.sendProcessStdin", "cat", "later\n");
    await page.getByRole("button", { name: "Follow: 1 more" }).click();
    await lines.getByText("later").waitFor();
    await page.getByRole("searchbox", { name: "Show only lines with this" }).fill("hay");
    await until("only these", async () => (await lines.locator(".line").count()) === 1);
  });

  test("sees the daemon go and come back, and says so", async () => {
    const page = await open();
    await daemon.rpc("supervisor.shutdown");
    await daemon.over();
    await page.getByText(/^not connected since \d\d:\d\d:\d\d$/).waitFor();
    await page.getByRole("alert").filter({ hasText: "This is what it told last" }).waitFor();
    const again = await startDaemon(programs(port), { directory: daemon.directory });
    await daemon.end();
    daemon = again;
    await page.getByText("live", { exact: true }).waitFor();
    await page.getByText("the daemon has been started anew").waitFor();
    await shows(page, "worker_01", "RUNNING");
    await page.getByRole("button", { name: "Dismiss" }).last().click();
    await daemon.rpc("supervisor.restart");
    await page.getByText("the daemon has been started anew").waitFor();
    await shows(page, "worker_01", "RUNNING");
    // What the browser says of a server that is away.
    expect(complaints.splice(0).filter((text) => !/ERR_(CONNECTION|INCOMPLETE)/.test(text))).toEqual([]);
  });

  test("runs more copies, and fewer", async () => {
    const page = await open("#program/worker:worker_00");
    await page.getByRole("button", { name: "Scale" }).click();
    await page.getByRole("spinbutton", { name: "Copies" }).fill("4");
    await page.getByRole("dialog").getByRole("button", { name: "Scale" }).click();
    await shows(page, "worker_03", "RUNNING");
    await page.keyboard.press("+");
    await page.getByRole("spinbutton", { name: "Copies" }).fill("3");
    await page.keyboard.press("Enter");
    await until("it is gone", async () => (await row(page, "worker_03").count()) === 0);
  });

  test("tells what has happened, of all and of one", async () => {
    await daemon.rpc("supervisor.signalProcess", "cat", "HUP");
    const page = await open("#events");
    await page.locator(".events li", { hasText: "cat" }).filter({ hasText: "EXITED" }).first().waitFor();
    await page.getByRole("searchbox").fill("worker_02 running");
    await until("only these", async () =>
      (await page.locator(".events li").allTextContents()).every((text) => text.includes("worker_02")),
    );
    await page.goto(`http://127.0.0.1:${port}/#program/cat:cat/events`);
    await page.getByRole("complementary", { name: "Details of cat" }).waitFor();
    expect(await page.locator(".events").textContent()).not.toContain("worker");
    await daemon.rpc("supervisor.startProcess", "cat").catch(() => undefined);
  });
});

test("without a mouse: finds, opens, stops and goes back", async () => {
  const page = await open();
  await page.keyboard.press("/");
  await page.keyboard.type("migr");
  await page.keyboard.press("Escape");
  await page.keyboard.press("j");
  await until(
    "it has the focus",
    async () => (await page.evaluate("document.activeElement.textContent")) === "migrate",
  );
  await page.keyboard.press("Enter");
  await page.getByRole("complementary", { name: "Details of migrate" }).waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await until("the filter is gone", async () => (await page.locator("tbody tr.program").count()) === 6);
  await page.keyboard.press("G");
  await page.keyboard.press("ArrowLeft");
  await until("the group is folded", async () => (await page.locator("tbody tr.program").count()) === 3);
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("G");
  await page.keyboard.press("l");
  await page.getByRole("log").getByText("taking jobs").first().waitFor();
  await page.keyboard.press("x");
  await page.getByRole("dialog", { name: "Stop worker:worker_02?" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keys" }).waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("t");
  expect(await page.evaluate("document.documentElement.dataset.theme")).toBe("light");
});

const orders = /^(restart|start|stop|clear|signal|input|scale)\b/i;

test("a login that may only look sees no orders, and is refused one that it gives", async () => {
  const page = await open("", {}, "guest:look");
  await page.getByText("read-only").waitFor();
  await row(page, "cat").waitFor();
  expect(await page.getByRole("button", { name: orders }).count()).toBe(0);
  expect(await page.getByRole("checkbox").count()).toBe(0);
  await row(page, "cat").click();
  await page.getByRole("complementary", { name: "Details of cat" }).waitFor();
  expect(await page.getByRole("button", { name: orders }).count()).toBe(0);
  await page.keyboard.press("x");
  await page.getByText("this login may only look").waitFor();
  const before = (await daemon.info("cat")).pid;
  const call = "<methodCall><methodName>supervisor.stopAllProcesses</methodName></methodCall>";
  const answer = await page.evaluate<string>(
    `fetch("RPC2", { method: "POST", body: ${JSON.stringify(call)} }).then((response) => response.text())`,
  );
  expect(answer).toContain("this login may only look");
  expect((await daemon.info("cat")).pid).toBe(before);
});

test("tells what the list says of a program, under the file that says it, with the number of the line", async () => {
  const page = await open("#program/cat:cat/settings");
  const lines = readFileSync(daemon.file, "utf8").split("\n");
  const at = lines.indexOf("memory_limit=100MB") + 1;
  await page.locator(".settings .source", { hasText: daemon.file }).waitFor();
  const limit = page.locator(".settings tbody tr", { hasText: "memory_limit" });
  expect(await limit.locator("td").allTextContents()).toEqual([String(at), "100MB"]);
});

const places = ["", "#logs", "#events", "#program/cat:cat", "#program/cat:cat/log", "#program/cat:cat/settings"];

test("sticks out of no window, down to that of a telephone", async () => {
  const page = await open();
  for (const hash of places) {
    await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
    for (const width of [1400, 1000, 700, 360]) {
      await page.setViewportSize({ width, height: 740 });
      await page.locator("main > :visible").first().waitFor();
      const wide = await page.evaluate("document.documentElement.scrollWidth");
      expect(wide, `${hash} ${width}`).toBeLessThanOrEqual(width);
    }
  }
});

test.each(["light", "dark"] as const)("can be used by everybody, %s", async (colorScheme) => {
  const page = await open("", { colorScheme, bypassCSP: true });
  await page.addScriptTag({ path: fileURLToPath(import.meta.resolve("axe-core")) });
  const check = async (what: string) =>
    expect(
      await page.evaluate(
        "axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ' ' + nodes[0].html))",
      ),
      what,
    ).toEqual([]);
  for (const hash of places) {
    await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
    await page.locator("main > :visible").first().waitFor();
    await check(hash);
  }
  await page.keyboard.press("?");
  await page.getByRole("dialog").waitFor();
  await check("keys");
});

describe("what is sent", () => {
  const fetched = async (path: string, headers: Record<string, string> = {}, method = "GET") =>
    fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: { authorization: `Basic ${btoa("owner:secret")}`, ...headers },
    });

  test("is at most 60 KB in all, comes from here, and is kept by the browser", async () => {
    const page = await (await fetched("/")).text();
    const paths = [...page.matchAll(/(?:src|href)="(web\/[^"]+)"/g)].map(([, path]) => `/${path}`);
    expect(paths).toHaveLength(2);
    let size = 0;
    for (const path of paths) {
      const head = await fetched(path, { "accept-encoding": "gzip" }, "HEAD");
      expect(head.headers.get("content-encoding")).toBe("gzip");
      expect(head.headers.get("cache-control")).toContain("immutable");
      size += Number(head.headers.get("content-length"));
      const plain = await fetched(path, { "accept-encoding": "identity" });
      expect(plain.headers.get("content-encoding")).toBe(null);
      const text = await plain.text();
      expect(text).not.toMatch(/https?:\/\/(?!www\.w3\.org\/)/);
      const again = await fetched(path, { "if-none-match": head.headers.get("etag") ?? "" });
      expect([again.status, await again.text()]).toEqual([304, ""]);
    }
    expect(size).toBeLessThan(60 * 1024);
    expect((await fetched("/web/nothing.js")).status).toBe(404);
    expect((await fetch(`http://127.0.0.1:${port}${paths[0]}`)).status).toBe(401);
  });

  test("holds what tools read, and may run nothing but its own script", async () => {
    const answer = await fetched("/");
    const policy = answer.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toContain("unsafe");
    const text = await answer.text();
    expect(text).toContain('<a href="tail.html?processname=cat">cat</a>');
    expect(text).toContain('<button name="action" value="restart">Restart</button>');
    expect(text).not.toMatch(/<script(?! type="module" src="web\/page-[\w-]+\.js"><\/script>)/);
  });
});

test("300 programs cost a browser less than a fifth of its time, at one update a second", async () => {
  const [many, at] = [
    `[program:p]\ncommand=/bin/sleep 1000\nnumprocs=300\nprocess_name=p%(process_num)03d\nstartsecs=0\n`,
    await freePort(),
  ];
  await using crowd = await startDaemon(`[inet_http_server]\nport=127.0.0.1:${at}\n${many}`);
  await crowd.reaches("p:p299", "RUNNING");
  const page = await (await browser.newContext({ viewport: { width: 1300, height: 800 } })).newPage();
  pages.push(page);
  const session = await page.context().newCDPSession(page);
  // Time of the processor: others are at work on this machine, too.
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const spentMs = async (): Promise<number> => {
    const { metrics } = await session.send("Performance.getMetrics");
    return (metrics.find(({ name }) => name === "TaskDuration")?.value ?? Number.NaN) * 1000;
  };
  await page.goto(`http://127.0.0.1:${at}/`);
  await until("all are there", async () => (await page.locator("tr.program").count()) === 300);
  // All in the page: to ask it would cost it time.
  const [updates, before] = [4, await spentMs()];
  await page.evaluate(`new Promise((resolve) => {
    let heard = 0;
    new EventSource("live").onmessage = ({ data }) => {
      if (data.includes('"changes"') && ++heard === ${updates}) resolve();
    };
  })`);
  const each = ((await spentMs()) - before) / updates;
  // 60 to 120 ms, as fast as the machine is; a page that is painted anew with each update takes twice as much.
  expect(each).toBeLessThan(200);
});
