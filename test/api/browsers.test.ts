import type { IncomingHttpHeaders } from "node:http";
import { hostname } from "node:os";
import { afterEach, describe, expect, test } from "vitest";
import { refusal } from "../../src/api/browsers.ts";
import type { HttpServerSettings } from "../../src/core/program.ts";
import { curl, type Served, serve } from "../helpers/api-server.ts";
import { FakeDaemon } from "../helpers/fake-daemon.ts";

const credentials = { username: "a", password: "b" };
const inet: HttpServerSettings = { type: "inet", section: "inet_http_server", host: "", port: 9001, credentials: null };
const loopback: HttpServerSettings = { ...inet, host: "127.0.0.1" };
const mozilla = { "user-agent": "Mozilla/5.0 (X11) Gecko" };

const refuses = (headers: IncomingHttpHeaders, order = true, settings: HttpServerSettings = inet) =>
  refusal(settings, { host: "box.example.com:9001", ...headers }, order) !== null;

describe("orders by programs", () => {
  test.each([
    ["supervisorctl", { host: "localhost", "user-agent": "Python-xmlrpc/3.11" }],
    ["curl by a service name", { host: "app.default.svc.cluster.local:9001", "user-agent": "curl/7.88.1" }],
    ["a Go scraper by address", { host: "10.0.0.7:9001", "user-agent": "Go-http-client/1.1" }],
    ["a client in Node", { host: "app.example:9001", "user-agent": "node", "accept-language": "*" }],
    ["a client that says nothing", {}],
  ])("%s", (_, headers) => {
    expect([refuses(headers), refuses(headers, true, loopback)]).toEqual([false, false]);
  });
});

describe("orders by browsers", () => {
  test.each([
    ["a form of the page", { ...mozilla, origin: "http://box.example.com:9001" }, false],
    ["a form of the page on port 80", { ...mozilla, host: "box", origin: "http://box:80" }, false],
    ["a link of the page", { ...mozilla, referer: "http://box.example.com:9001/index.html" }, false],
    [
      "the page behind a proxy that tells",
      { origin: "https://admin.example.com", "x-forwarded-host": "admin.example.com" },
      false,
    ],
    [
      "the page behind a proxy, over https",
      { origin: "https://admin.example.com", "sec-fetch-site": "same-origin" },
      false,
    ],
    ["an address typed in", { ...mozilla, "sec-fetch-site": "none" }, false],
    ["a form elsewhere", { ...mozilla, origin: "http://evil.example" }, true],
    ["a form on another port", { ...mozilla, origin: "http://box.example.com:8080" }, true],
    ["a page without a name", { ...mozilla, origin: "null" }, true],
    ["a picture elsewhere", { ...mozilla, referer: "http://evil.example/x" }, true],
    ["a link elsewhere", { ...mozilla, "sec-fetch-site": "cross-site" }, true],
    ["a neighbour", { ...mozilla, "sec-fetch-site": "same-site" }, true],
    ["nobody knows where", mozilla, true],
    ["an extension", { origin: "chrome-extension://abc" }, true],
  ])("from %s", (_, headers, refused) => {
    expect(refuses(headers)).toBe(refused);
    expect(refuses(headers, true, { ...inet, credentials })).toBe(refused);
    expect(refuses(headers, false)).toBe(false);
  });
});

describe("names that a stranger may have given to our address", () => {
  test.each([
    ["localhost:9001", false],
    ["127.0.0.1:9001", false],
    ["[::1]:9001", false],
    ["supervisor:9001", false],
    ["app.localhost", false],
    [hostname(), false],
    ["evil.example:9001", true],
    ["127.0.0.1.evil.example", true],
  ])("a browser that calls a loopback server without password %s: refused %j", (host, refused) => {
    expect(refuses({ ...mozilla, host }, false, loopback)).toBe(refused);
    expect(refuses({ host, "accept-language": "de" }, false, loopback)).toBe(refused);
    expect(refuses({ ...mozilla, host }, false, { ...loopback, credentials })).toBe(false);
    expect(refuses({ ...mozilla, host }, false, inet)).toBe(false);
  });

  test("a unix socket is out of reach for web pages", () => {
    const unix: HttpServerSettings = {
      type: "unix",
      section: "u",
      path: "/x",
      mode: 0o700,
      uid: null,
      gid: null,
      credentials: null,
    };
    expect(refuses({ ...mozilla, origin: "http://evil.example" }, true, unix)).toBe(false);
  });
});

describe("over the wire", () => {
  let served: Served;
  afterEach(() => served.close());

  test("an order from elsewhere is 403 and not carried out; looking is free", async () => {
    const daemon = new FakeDaemon();
    daemon.add("cat");
    served = await serve(daemon);
    const evil = ["-A", "Mozilla/5.0", "-H", "Origin: http://evil.example"];
    const call = "<methodCall><methodName>supervisor.stopAllProcesses</methodName></methodCall>";
    expect((await curl(...evil, "-d", call, `${served.httpUrl}/RPC2`)).status).toBe(403);
    expect((await curl(...evil, "-d", "action=stopall", `${served.httpUrl}/`)).status).toBe(403);
    expect((await curl(...evil, `${served.httpUrl}/?action=stopall`)).status).toBe(403);
    expect((await curl(...evil, `${served.httpUrl}/`)).status).toBe(200);
    expect(daemon.asked).toEqual([]);
    expect(
      (await curl("-A", "Mozilla/5.0", "-H", `Origin: ${served.httpUrl}`, "-d", "action=stopall", `${served.httpUrl}/`))
        .status,
    ).toBe(301);
    expect(daemon.asked).toEqual(["stop cat:cat"]);
  });
});
