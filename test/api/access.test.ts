/** Who may do what on a server: guests, scrapers, people who only look, and those who may do everything. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ReplyBudget } from "../../src/api/budget.ts";
import { perform } from "../../src/api/operations.ts";
import type { GuestSettings } from "../../src/core/access.ts";
import type { XmlRpcValue } from "../../src/protocol/xmlrpc.ts";
import { curl, type Served, type ServeOptions, serve } from "../helpers/api-server.ts";
import { FakeDaemon } from "../helpers/fake-daemon.ts";

let daemon: FakeDaemon;
let served: Served | null = null;

beforeEach(() => {
  daemon = new FakeDaemon();
  daemon.add("web");
});
afterEach(() => served?.close());

const start = async (options: ServeOptions): Promise<Served> => {
  served = await serve(daemon, options);
  return served;
};

const call = (method: string, ...params: string[]): string =>
  `<?xml version='1.0'?><methodCall><methodName>${method}</methodName><params>${params
    .map((text) => `<param><value>${text}</value></param>`)
    .join("")}</params></methodCall>`;

/** What is asked for, by what it is. */
const requests: Readonly<Record<string, readonly string[]>> = {
  health: ["/readyz"],
  read: ["/"],
  ask: ["/RPC2", "-H", "Accept: application/json", "-d", call("supervisor.getState")],
  order: ["/RPC2", "-H", "Accept: application/json", "-d", call("supervisor.stopProcess", "web")],
  press: ["/", "-d", "action=stop&processname=web"],
  follow: ["/?action=stop&processname=web"],
  none: ["/nothing"],
};

const nobody: GuestSettings = { open: [], metricsToken: null, readOnly: null };
const owner = { username: "ann", password: "all" };
const readOnly = { username: "joe", password: "look" };
const all: ServeOptions = { credentials: owner, guests: { open: ["health"], metricsToken: "t0ken", readOnly } };

async function statuses({ httpUrl }: Served, ...who: string[]): Promise<Record<string, number>> {
  const asked = Object.entries(requests).map(async ([name, [path, ...args]]) => {
    const { status } = await curl(...who, ...args, `${httpUrl}${path}`);
    return [name, status] as const;
  });
  return Object.fromEntries(await Promise.all(asked));
}

describe("a server with a password, a token, a read-only user and public health", () => {
  test("answers everyone about health and nothing else", async () => {
    const closed = { read: 401, ask: 401, order: 401, press: 401, follow: 401, none: 401 };
    expect(await statuses(await start(all))).toEqual({ health: 200, ...closed });
    expect(await statuses(await start(all), "-u", "ann:wrong")).toEqual({ health: 200, ...closed });
    expect(await statuses(await start(all), "-H", "Authorization: Bearer wrong")).toEqual({ health: 200, ...closed });
    expect(daemon.asked).toEqual([]);
  });

  test("answers whoever has the token no more than that", async () => {
    const closed = { read: 403, ask: 403, order: 403, press: 403, follow: 403, none: 403 };
    expect(await statuses(await start(all), "-H", "Authorization: bearer t0ken")).toEqual({ health: 200, ...closed });
  });

  test("shows everything to the read-only user and takes no order from him", async () => {
    const open = { health: 200, read: 200, ask: 200, order: 200, none: 404 };
    const s = await start(all);
    expect(await statuses(s, "-u", "joe:look")).toEqual({ ...open, press: 403, follow: 403 });
    expect(daemon.asked).toEqual([]);
    const [path = "", ...args] = requests.order ?? [];
    const { body } = await curl("-u", "joe:look", ...args, `${s.httpUrl}${path}`);
    expect(JSON.parse(body)).toEqual({ fault: { code: 30, text: "FAILED: this login may only look" } });
    expect((await curl("-u", "joe:look", `${s.httpUrl}/`)).body).not.toContain("<button");
  });

  test("lets the one with the password do everything", async () => {
    const s = await start(all);
    expect(await statuses(s, "-u", "ann:all")).toMatchObject({ health: 200, read: 200, order: 200, press: 301 });
    expect(daemon.asked).toContain("stop web:web");
    expect((await curl("-u", "ann:all", `${s.httpUrl}/`)).body).toContain("<button");
  });
});

describe("a server without a password that has guests", () => {
  test("takes no order from anybody, and asks for none where there is no login", async () => {
    const s = await start({ guests: { ...nobody, open: ["health", "metrics"] } });
    const closed = { read: 403, ask: 403, order: 403, press: 403, follow: 403, none: 403 };
    expect(await statuses(s)).toEqual({ health: 200, ...closed });
    expect(daemon.asked).toEqual([]);
  });

  test("asks for what there is: a password to look, a token for health", async () => {
    const s = await start({ guests: { ...nobody, metricsToken: "t", readOnly } });
    const challenge = async (path: string) => {
      const { status, headers } = await curl(`${s.httpUrl}${path}`);
      return [status, headers.get("www-authenticate")];
    };
    expect(await challenge("/")).toEqual([401, 'Basic realm="default"']);
    expect(await challenge("/readyz")).toEqual([401, 'Bearer realm="default"']);
    expect(await challenge("/?action=stopall")).toEqual([403, undefined]);
  });

  test("a page of a foreign name that is our address reads no public health through a browser", async () => {
    const s = await start({ guests: { ...nobody, open: ["health"], metricsToken: "t" } });
    const browser = ["-A", "Mozilla/5.0", "-H", "Host: evil.example"];
    expect((await curl(...browser, `${s.httpUrl}/readyz`)).status).toBe(403);
    expect((await curl(...browser, "-H", "Authorization: Bearer t", `${s.httpUrl}/readyz`)).status).toBe(200);
    expect((await curl("-A", "kube-probe/1.31", "-H", "Host: evil.example", `${s.httpUrl}/readyz`)).status).toBe(200);
  });
});

test("a server without a password and without guests is open, as the reference's", async () => {
  expect(await statuses(await start({}))).toMatchObject({ health: 200, read: 200, ask: 200, order: 200, none: 404 });
});

/** Of a call by somebody who may only look: the answer, or the text of the fault. */
async function lookInto(method: string, params: readonly XmlRpcValue[] = []): Promise<XmlRpcValue> {
  const reply = new ReplyBudget(1 << 24).open();
  const onBug = (error: unknown) => expect(error).toBe(null);
  return perform({ daemon, mayChange: false, reply, onBug }, method, params).catch((error: Error) => error.message);
}

test("who may only look asks for what changes nothing, also in a multicall, and orders nothing", async () => {
  const methods = (await lookInto("system.listMethods")) as string[];
  const refused: string[] = [];
  for (const method of [
    ...methods,
    "spaced.updateGroup",
    "spaced.overview",
    "spaced.report",
    "spaced.settings",
    "spaced.usage",
    "spaced.health",
  ])
    if ((await lookInto(method)) === "FAILED: this login may only look") refused.push(method);
  expect(refused).toEqual(
    [...methods, "spaced.updateGroup"].filter((method) => !/^system\.|\.get|\.read|\.tail/.test(method)),
  );
  const call = { methodName: "supervisor.stopProcess", params: ["web"] };
  expect(await lookInto("system.multicall", [[call, { methodName: "supervisor.getPID" }]])).toEqual([
    { faultCode: 30, faultString: "FAILED: this login may only look" },
    4711,
  ]);
  expect(daemon.asked.filter((what) => !what.startsWith("well"))).toEqual([]);
});
