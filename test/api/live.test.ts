/** What is pushed to pages, over real connections from a daemon in memory. */
import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Overview } from "../../src/api/daemon.ts";
import { changes, pictureOf, whole } from "../../src/api/live/picture.ts";
import { type Served, serve } from "../helpers/api-server.ts";
import { FakeDaemon } from "../helpers/fake-daemon.ts";
import { overviewOf } from "../helpers/live-overview.ts";
import { until } from "../helpers/until.ts";

let daemon: FakeDaemon;
let served: Served;
let looks = 0;

beforeEach(async () => {
  daemon = new FakeDaemon();
  daemon.add("cat");
  daemon.add("web:a");
  looks = 0;
  daemon.overview = async (): Promise<Overview> => {
    looks++;
    return overviewOf(daemon.processes());
  };
  served = await serve(daemon, {
    credentials: { username: "joe", password: "secret" },
    guests: { open: [], metricsToken: null, readOnly: { username: "guest", password: "look" } },
  });
});
afterEach(() => served.close());

const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
const joe = basic("joe", "secret");

/** Messages so far, as they come. */
async function listen(path: string, authorization = joe) {
  const response = await fetch(`${served.httpUrl}${path}`, { headers: { authorization } });
  const messages: { readonly [key: string]: unknown }[] = [];
  let rest = "";
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  const read = async (): Promise<void> => {
    for (let next = await reader?.read(); next !== undefined && !next.done; next = await reader?.read()) {
      const parts = (rest + next.value).split("\n\n");
      rest = parts.pop() ?? "";
      for (const part of parts) messages.push(JSON.parse(part.replace(/^data: /, "")));
    }
  };
  const over = read().catch(() => undefined);
  const told = (type: string) => messages.filter((message) => message.type === type);
  return { response, messages, told, over, end: () => reader?.cancel() };
}

describe("the stream of the overview", () => {
  test("tells everything first, then what has changed, soon after something has happened", async () => {
    const page = await listen("/live");
    await until("all is told", () => page.told("all").length === 1);
    expect(page.messages[0]).toEqual({ type: "welcome", control: true });
    expect(page.told("all")[0]).toMatchObject({
      head: { identifier: "supervisor", state: "RUNNING" },
      processes: [{ name: "cat" }, { name: "a", group: "web" }],
    });
    const found = daemon.find({ group: "web", name: "a" });
    if (found !== undefined) found.state = "FATAL";
    const at = performance.now();
    daemon.feed.tell({ type: "state", group: "web", name: "a", from: "RUNNING", to: "FATAL" });
    await until("the change is told", () => page.told("changes").some(({ processes }) => (processes as []).length > 0));
    expect(performance.now() - at).toBeLessThan(700);
    const change = page.told("changes").find(({ processes }) => (processes as []).length > 0);
    expect(change).toMatchObject({ processes: [{ group: "web", name: "a", state: "FATAL" }], gone: [] });
    expect(page.told("happened").at(-1)).toMatchObject({ happenings: [{ type: "state", to: "FATAL" }] });
    daemon.list.splice(0, 1);
    daemon.feed.tell({ type: "group", group: "cat", what: "removed" });
    await until("its going is told", () =>
      page.told("changes").some(({ gone }) => (gone as string[])[0] === "cat:cat"),
    );
    await page.end();
  });

  test("costs nothing while nobody looks, and one look for all who do", async () => {
    const pages = await Promise.all([listen("/live"), listen("/live"), listen("/live")]);
    for (const page of pages) await until("all is told", () => page.told("all").length === 1);
    expect(looks).toBeLessThanOrEqual(3);
    for (const page of pages) await page.end();
    await until("the timer is gone", async () => {
      const before = looks;
      await new Promise((resolve) => setTimeout(resolve, 1300));
      return looks === before;
    });
  });

  test("says to whom it may only look, and to strangers nothing", async () => {
    const page = await listen("/live", basic("guest", "look"));
    await until("it is welcome", () => page.messages[0]);
    expect(page.messages[0]).toEqual({ type: "welcome", control: false });
    await page.end();
    expect((await fetch(`${served.httpUrl}/live`)).status).toBe(401);
    expect((await fetch(`${served.httpUrl}/live/log?process=cat`)).status).toBe(401);
  });

  test("has room for 64, and tells the next one so", async () => {
    const pages = await Promise.all(Array.from({ length: 64 }, () => listen("/live")));
    expect((await fetch(`${served.httpUrl}/live`, { headers: { authorization: joe } })).status).toBe(503);
    for (const page of pages) await page.end();
  });

  test("tells one who takes nothing no more than fits, and everything anew when he takes again", async () => {
    // More than the kernel takes for him.
    for (let index = 0; index < 12_000; index++) daemon.add(`many:${index}`);
    const slow = connect(served.port, "127.0.0.1");
    await once(slow, "connect");
    slow.write(`GET /live HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${joe}\r\n\r\n`);
    slow.pause();
    const quick = await listen("/live");
    await until("others are told all the while", () => quick.told("changes").length >= 2, 15_000);
    let [told, wholes] = [0, 0];
    slow.setEncoding("latin1").on("data", (part: string) => {
      told += part.split('data: {"type":"').length - 1;
      wholes += part.split('"type":"all"').length - 1;
    });
    slow.resume();
    await until("everything is told again", () => wholes === 2, 15_000);
    // The greeting, and nothing of what has changed meanwhile.
    expect(told).toBeLessThanOrEqual(3);
    slow.destroy();
    await quick.end();
  });
});

describe("the stream of logs", () => {
  test("tells what both channels of several processes have, and what comes", async () => {
    const cat = daemon.find({ group: "cat", name: "cat" });
    const other = daemon.find({ group: "web", name: "a" });
    cat?.stdout?.append("before é\n");
    const page = await listen("/live/log?process=cat:cat&process=web:a&tail=1000");
    await until("what there was", () => page.messages.length === 2);
    expect(page.messages).toEqual([{ type: "welcome" }, { id: "cat:cat", channel: "stdout", text: "before é\n" }]);
    other?.stderr?.append("<b>");
    await until("what has come", () => page.messages.length === 3);
    expect(page.messages[2]).toEqual({ id: "web:a", channel: "stderr", text: "<b>" });
    await page.end();
    await until("nobody follows", () => cat?.stdout?.followers === 0 && other?.stderr?.followers === 0);
  });

  test("refuses what there is not, and too much", async () => {
    const status = async (query: string) =>
      (await fetch(`${served.httpUrl}/live/log${query}`, { headers: { authorization: joe } })).status;
    expect(await status("")).toBe(400);
    expect(await status("?process=nosuch")).toBe(404);
    expect(await status(`?${"process=cat&".repeat(33)}`)).toBe(400);
  });
});

describe("a picture", () => {
  test("tells only what differs, and never the column that counts seconds", () => {
    const before = pictureOf(overviewOf(daemon.processes()));
    expect(whole(before)).not.toContain("uptime");
    expect(JSON.parse(changes(before, before))).toMatchObject({ processes: [], gone: [] });
    daemon.add("new");
    const after = pictureOf(overviewOf(daemon.processes()));
    expect(JSON.parse(changes(before, after))).toMatchObject({ processes: [{ name: "new" }], gone: [] });
    expect(JSON.parse(changes(after, before))).toMatchObject({ processes: [], gone: ["new:new"] });
  });
});
