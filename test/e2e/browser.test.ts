/**
 * The pages as a person uses them, in Debian's Chromium: what the buttons do, what can be read, and that a page of a
 * stranger gets nowhere, neither from its own site nor by giving its name our address (DNS rebinding).
 */
import { once } from "node:events";
import { createServer } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Browser, type Page } from "../helpers/browser.ts";
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
stopwaitsecs=5
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

beforeAll(async () => {
  port = await freePort();
  // Each name of "DNS": strangers' and ours lead to the same machine.
  browser = await Browser.start({ "*.example": "127.0.0.1" });
  // The stranger's page is loaded from his server; then, as after a change of his DNS, the daemon answers there.
  const site = createServer((_, response) => {
    response.setHeader("Content-Type", "text/html");
    response.end("<!DOCTYPE html><title>kittens</title><p>kittens");
  }).listen(port, "127.0.0.1");
  await once(site, "listening");
  stranger = await browser.open(`http://evil.example:${port}/`);
  expect(await stranger.text()).toBe("kittens");
  site.closeAllConnections();
  await new Promise((resolve) => site.close(resolve));
  daemon = await startDaemon(programs(port));
  for (const name of ["cat", "worker:worker_00", "worker:worker_01"]) await daemon.reaches(name, "RUNNING");
});
afterAll(async () => {
  await browser?.end();
  await daemon?.end();
});

const button = (name: string, label: string): string =>
  `[...document.querySelectorAll("tbody tr")].find((row) => row.cells[2].innerText === ${JSON.stringify(name)})
    .querySelector(".actions").querySelectorAll("button, a").values().find((each) => each.innerText === ${JSON.stringify(label)})`;
const rowOf = (page: Page, name: string): Promise<string[]> =>
  page.run(
    `[...[...document.querySelectorAll("tbody tr")].find((row) => row.cells[2].innerText === ${JSON.stringify(name)}).cells].slice(0, 3).map((cell) => cell.innerText)`,
  );
const shows = (page: Page, message: string) =>
  until(`the page says ${message}`, async () => (await page.text()).includes(message));
const pids = async (): Promise<number[]> =>
  Promise.all(["cat", "worker:worker_00", "worker:worker_01"].map(async (name) => (await daemon.info(name)).pid));

describe("the status page", () => {
  let page: Page;
  beforeAll(async () => {
    page = await browser.open(`http://127.0.0.1:${port}/`);
  });

  test("shows every process, in its own style, with nothing refused by the browser", async () => {
    expect(await rowOf(page, "cat")).toEqual(["running", expect.stringMatching(/^pid \d+, uptime 0:00:\d\d$/), "cat"]);
    expect(await rowOf(page, "off")).toEqual(["stopped", "Not started", "off"]);
    expect(await page.run("document.querySelectorAll('tbody tr').length")).toBe(4);
    expect(await page.run("document.styleSheets[0].cssRules.length")).toBeGreaterThan(10);
    expect(await page.run("fetch('images/icon.svg').then((r) => r.status, (e) => e.message)")).toBe("Failed to fetch");
    expect(await page.run("getComputedStyle(document.querySelector('.state.running')).color")).not.toBe(
      await page.run("getComputedStyle(document.querySelector('.state.stopped')).color"),
    );
  });

  test("sticks out of no window, down to that of a telephone", async () => {
    for (const width of [1400, 1000, 700, 360]) {
      await page.resize(width, 700);
      expect(await page.run<number>("document.documentElement.scrollWidth"), `${width} wide`).toBeLessThanOrEqual(
        width,
      );
    }
    await page.resize(1100, 700);
  });

  test("restarts a program: the message tells, and it has a new process id", async () => {
    const before = (await daemon.info("cat")).pid;
    await page.click(button("cat", "Restart"));
    await shows(page, "Process cat restarted");
    const after = (await daemon.info("cat")).pid;
    expect(after).not.toBe(before);
    expect((await rowOf(page, "cat"))[1]).toContain(`pid ${after}, uptime `);
  });

  test("starts and stops, and offers what can be done now", async () => {
    await page.click(button("off", "Start"));
    await shows(page, "Process off started");
    expect((await rowOf(page, "off"))[0]).toBe("running");
    await page.click(button("off", "Stop"));
    await shows(page, "Process off stopped");
    expect((await rowOf(page, "off"))[0]).toBe("stopped");
    await page.click("document.querySelector('button[value=refresh]')");
    await shows(page, "Page refreshed at ");
  });

  test("leads to the log: its end, and what is written while one looks", async () => {
    await daemon.rpc("supervisor.sendProcessStdin", "cat", "first é <b>\n");
    await until("it is logged", () => daemon.read("cat.log").includes("first"));
    await page.click("[...document.querySelectorAll('td a')].find((link) => link.innerText === 'cat')");
    await shows(page, "first é <b>");
    await page.click("[...document.querySelectorAll('a')].find((link) => link.innerText === 'All processes')");
    await shows(page, "Restart All");
    const address = await page.run<string>(`${button("cat", "Tail -f Stdout")}.href`);
    const follower = await browser.open(address, "interactive");
    await shows(follower, "first é <b>");
    await daemon.rpc("supervisor.sendProcessStdin", "cat", "second\n");
    // Chromium sometimes keeps the last piece of a text that has not ended until the next one comes.
    await until("the next line is seen", async () => {
      await daemon.rpc("supervisor.sendProcessStdin", "cat", "and so on\n");
      return (await follower.text()).includes("second");
    });
    await page.click(button("cat", "Clear Log"));
    await shows(page, "Log for cat cleared");
    expect(daemon.read("cat.log")).toBe("");
  });

  test("works under a name that is allowed", async () => {
    const named = await browser.open(`http://ours.example:${port}/`);
    const before = await pids();
    await named.click("document.querySelector('button[value=restartall]')");
    await shows(named, "All restarted at ");
    expect((await pids()).filter((pid) => before.includes(pid))).toEqual([]);
  });
});

describe("the page of a stranger", () => {
  const call = (method: string): string => `<methodCall><methodName>${method}</methodName></methodCall>`;
  const tries: [string, string][] = [
    [
      "an order by XML-RPC",
      `fetch("/RPC2", { method: "POST", body: ${JSON.stringify(call("supervisor.stopAllProcesses"))} })`,
    ],
    [
      "an order by XML-RPC that hides what it can",
      `fetch("/RPC2", { method: "POST", body: ${JSON.stringify(call("supervisor.shutdown"))}, referrerPolicy: "no-referrer",
        headers: { "Content-Type": "text/xml", "User-Agent": "curl/8", "Accept-Language": "*", "X-Forwarded-Host": "localhost" } })`,
    ],
    ["a button of the page", 'fetch("/", { method: "POST", body: new URLSearchParams({ action: "stopall" }) })'],
    ["a link of supervisord's page", 'fetch("/?action=stopall")'],
    [
      "such a link, hidden",
      'fetch("/?action=stopall", { referrerPolicy: "no-referrer", headers: { "User-Agent": "curl/8", "Accept-Language": "*" } })',
    ],
    ["the list of processes", 'fetch("/")'],
    ["the end of a log", 'fetch("/tail.html?processname=cat")'],
    ["a log", 'fetch("/logtail/cat")'],
    ["the daemon's log", 'fetch("/mainlogtail", { headers: { Range: "bytes=0-" } })'],
  ];

  test.each(tries)("that has taken our address gets 403 and nothing done: %s", async (_, request) => {
    const before = await pids();
    const [status, body] = await stranger.run<[number, string]>(
      `${request}.then(async (r) => [r.status, await r.text()])`,
    );
    expect([status, body]).toEqual([403, expect.stringContaining("allowed_hosts=evil.example")]);
    expect(await pids()).toEqual(before);
    expect(await daemon.rpc("supervisor.getState")).toMatchObject({ statename: "RUNNING" });
  });

  test("reads why, when a person opens it", async () => {
    const page = await browser.open(`http://evil.example:${port}/`);
    expect(await page.text()).toMatch(/asks for no password.*Open it by its IP address, set username and password/);
  });

  test("is refused from its own site as well", async () => {
    const site = createServer((_, response) => {
      response.setHeader("Content-Type", "text/html").end("<p>puppies");
    }).listen(0, "127.0.0.1");
    await once(site, "listening");
    const { port: other } = site.address() as { port: number };
    try {
      const before = await pids();
      for (const address of ["evil.example", "127.0.0.1", "localhost"]) {
        const page = await browser.open(`http://${address}:${other}/`);
        const target = `http://127.0.0.1:${port}`;
        const body = JSON.stringify(call("supervisor.stopAllProcesses"));
        const post = `fetch("${target}/RPC2", { method: "POST", mode: "no-cors", body: ${body} })`;
        await page.run(`${post}.then(() => 0, () => 0)`);
        await page.run(
          `new Promise((done) => { const i = new Image(); i.onerror = done; i.src = "${target}/?action=stopall"; })`,
        );
        expect(
          await page.run(`fetch("${target}/tail.html?processname=cat").then((r) => r.text(), (e) => e.message)`),
        ).toBe("Failed to fetch");
        // A form takes the window along; what it shows then is the refusal, or nothing at all.
        await page.run(
          `(() => { const f = document.createElement("form"); f.method = "post"; f.action = "${target}/"; f.innerHTML = '<input name="action" value="stopall">'; document.body.append(f); f.submit(); })()`,
        );
        await until("the form is answered", async () => !(await page.text()).includes("puppies"));
        expect(await page.text()).not.toContain("stopped");
      }
      expect(await pids()).toEqual(before);
    } finally {
      site.closeAllConnections();
      site.close();
    }
  });
});
