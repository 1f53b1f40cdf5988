import type { IncomingHttpHeaders } from "node:http";
import { hostname } from "node:os";
import { afterEach, describe, expect, test } from "vitest";
import { type Access, refusal } from "../../src/api/browsers.ts";
import type { HttpServerSettings } from "../../src/core/program.ts";
import { curl, type Served, serve } from "../helpers/api-server.ts";
import { FakeDaemon } from "../helpers/fake-daemon.ts";

const credentials = { username: "a", password: "b" };
const open: HttpServerSettings = {
  type: "inet",
  section: "inet_http_server",
  host: "",
  port: 9001,
  allowedHosts: [],
  credentials: null,
  guests: null,
};
const secret: HttpServerSettings = { ...open, credentials };
const mozilla = { "user-agent": "Mozilla/5.0 (X11) Gecko" };

const refuses = (
  headers: IncomingHttpHeaders,
  {
    access = "order",
    method = "POST",
    settings = open,
  }: { access?: Access; method?: string; settings?: HttpServerSettings } = {},
) => refusal(settings, method, { host: "box:9001", ...headers }, access, settings.credentials !== null) !== null;

describe("orders by programs, under any name", () => {
  test.each<[string, IncomingHttpHeaders]>([
    ["supervisorctl", { host: "localhost", "user-agent": "Python-xmlrpc/3.11", "accept-encoding": "gzip" }],
    ["curl", { "user-agent": "curl/7.88.1", accept: "*/*" }],
    ["curl --compressed", { "user-agent": "curl/7.88.1", "accept-encoding": "deflate, gzip, br, zstd" }],
    ["a Go scraper", { "user-agent": "Go-http-client/1.1", "accept-encoding": "gzip" }],
    ["Node's fetch", { "user-agent": "node", "accept-language": "*", "sec-fetch-mode": "cors" }],
    ["wget", { "user-agent": "Wget/1.21.3", accept: "*/*", "accept-encoding": "identity" }],
    ["a client that says nothing", {}],
  ])("%s", (_, headers) => {
    for (const host of ["10.0.0.7:9001", "worker:9001", "app.prod:9001", "box.example.com:9001"])
      for (const settings of [open, secret, { ...open, host: "127.0.0.1" }])
        for (const method of ["GET", "POST"])
          expect([host, refuses({ host, ...headers }, { method, settings })]).toEqual([host, false]);
  });

  test("Python's requests posts under any name", () => {
    const requests = { "user-agent": "python-requests/2.32", "accept-encoding": "gzip, deflate" };
    expect(refuses({ ...requests, host: "box.example.com:9001" })).toBe(false);
  });
});

describe("orders by browsers", () => {
  test.each<[string, IncomingHttpHeaders, boolean]>([
    ["a form of the page", { ...mozilla, origin: "http://box:9001" }, false],
    ["a form of the page on port 80", { ...mozilla, host: "box", origin: "http://box:80" }, false],
    ["a link of the page", { ...mozilla, referer: "http://box:9001/index.html" }, false],
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
    ["a form on another port", { ...mozilla, origin: "http://box:8080" }, true],
    ["a page without a name", { ...mozilla, origin: "null" }, true],
    ["a picture elsewhere", { ...mozilla, referer: "http://evil.example/x" }, true],
    ["a link elsewhere", { ...mozilla, "sec-fetch-site": "cross-site" }, true],
    ["a neighbour", { ...mozilla, "sec-fetch-site": "same-site" }, true],
    ["nobody knows where", mozilla, true],
    ["an extension", { origin: "chrome-extension://abc" }, true],
  ])("from %s", (_, headers, refused) => {
    expect(refuses(headers)).toBe(refused);
    expect(refuses(headers, { settings: secret })).toBe(refused);
    expect(refuses(headers, { access: "look" })).toBe(false);
    if (!refused) expect(refuses(headers, { access: "read" })).toBe(false);
  });

  test("a name that is allowed is one of ours, for a proxy that does not tell; its other ports and other sites are not", () => {
    const settings: HttpServerSettings = { ...secret, allowedHosts: ["admin.example.com"] };
    const from = (origin: string, more = {}) => refuses({ ...mozilla, origin, ...more }, { settings });
    expect(from("https://admin.example.com")).toBe(false);
    expect(from("http://admin.example.com:8080")).toBe(true);
    expect(from("https://admin.example.com", { "sec-fetch-site": "same-site" })).toBe(true);
    expect(refuses({ origin: "http://evil.example" }, { settings: { ...secret, allowedHosts: ["*"] } })).toBe(true);
  });
});

describe("names that a stranger may have given to our address", () => {
  test.each([
    ["localhost:9001", false],
    ["127.0.0.1:9001", false],
    ["10.1.2.3", false],
    ["[::1]:9001", false],
    ["[fd00::1]", false],
    ["worker:9001", false],
    ["worker.:9001", false],
    ["app.localhost", false],
    ["box.local", false],
    ["app.prod.svc.cluster.local:9001", false],
    ["db.internal", false],
    [hostname(), false],
    ["evil.example:9001", true],
    ["evil.example.:9001", true],
    ["127.0.0.1.evil.example", true],
    ["local.evil.example", true],
    ["EVIL.example", true],
  ])("a browser that calls %s a server without password: refused %j", (host, refused) => {
    for (const settings of [open, { ...open, host: "127.0.0.1" }])
      for (const access of ["look", "read"] as const) {
        expect(refuses({ ...mozilla, host }, { access, method: "GET", settings })).toBe(refused);
        expect(refuses({ host, "accept-language": "de" }, { access, method: "GET", settings })).toBe(refused);
      }
    expect(refuses({ host, origin: `http://${host}` })).toBe(refused);
    expect(refuses({ host, origin: `http://${host}` }, { settings: secret })).toBe(false);
  });

  test("the name it listens on, and what is allowed, are its own", () => {
    const settings: HttpServerSettings = {
      ...open,
      host: "box.example.com",
      allowedHosts: ["a.example.org", "*.corp.example"],
    };
    const sees = (host: string) => !refuses({ ...mozilla, host }, { access: "look", method: "GET", settings });
    const hosts = [
      "box.example.com:9001",
      "a.example.org",
      "x.y.corp.example",
      "corp.example",
      "evilcorp.example",
      "b.example.org",
    ];
    expect(hosts.filter(sees)).toEqual(hosts.slice(0, 3));
  });

  // What headers each sends was recorded with a server that shows them.
  describe("a page that has one is refused, whatever the browser tells of itself", () => {
    const host = "evil.example:9001";
    const refuted = (method: string, headers: IncomingHttpHeaders, access: Access = "order") =>
      refuses({ host, ...headers }, { method, access });

    test("Chromium 156 over http: no Sec-Fetch-*, Origin with every POST", () => {
      const plain = { ...mozilla, "accept-language": "en-US,en;q=0.9", "accept-encoding": "gzip, deflate" };
      const origin = { origin: `http://${host}` };
      expect(refuted("POST", { ...plain, ...origin, "content-type": "text/xml" })).toBe(true);
      expect(refuted("POST", { ...plain, ...origin, "content-type": "text/plain;charset=UTF-8" })).toBe(true);
      expect(refuted("GET", plain)).toBe(true);
      expect(refuted("GET", plain, "read")).toBe(true);
      expect(refuted("GET", plain, "look")).toBe(true);
    });

    test("a browser that sends Sec-Fetch-* over http too", () => {
      expect(refuted("POST", { "sec-fetch-site": "same-origin" })).toBe(true);
      expect(refuted("GET", { "sec-fetch-site": "none" }, "look")).toBe(true);
    });

    test("Firefox 153, whose pages choose User-Agent, Accept-Language and Referer", () => {
      const hidden = {
        "user-agent": "curl/8",
        "accept-language": "*",
        accept: "*/*",
        "accept-encoding": "gzip, deflate",
      };
      expect(refuted("POST", { ...hidden, origin: `http://${host}`, "content-type": "text/xml" })).toBe(true);
      expect(refuted("GET", hidden)).toBe(true);
      expect(refuted("GET", hidden, "read")).toBe(true);
      expect(refuted("GET", { ...hidden, "accept-encoding": "identity", range: "bytes=0-" })).toBe(true);
      // A library that sends the same may look at what is no secret.
      expect(refuted("GET", hidden, "look")).toBe(false);
    });

    test("Firefox before 70, which sends no Origin to its own site", () => {
      expect(refuted("POST", { ...mozilla, "accept-encoding": "gzip, deflate" })).toBe(true);
    });

    test("one that pretends to come through a proxy", () => {
      const headers = { origin: `http://${host}`, "x-forwarded-host": "localhost" };
      expect(refuted("POST", headers)).toBe(true);
    });
  });

  test("a unix socket is out of reach for web pages", () => {
    const settings: HttpServerSettings = {
      type: "unix",
      section: "u",
      path: "/x",
      mode: 0o700,
      uid: null,
      gid: null,
      credentials: null,
      guests: null,
    };
    expect(refuses({ ...mozilla, origin: "http://evil.example" }, { settings })).toBe(false);
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

  test("under a foreign name a browser reads what to do, and a program is served", async () => {
    const daemon = new FakeDaemon();
    daemon.add("cat").stdout?.append("secret");
    served = await serve(daemon, { host: "" });
    const foreign = ["-H", "Host: evil.example:9001"];
    const firefox = ["-A", "Mozilla/5.0", "-H", "Accept-Language: de", "-H", "Accept-Encoding: gzip, deflate"];
    for (const path of [
      "/",
      "/ok.html",
      "/tail.html?processname=cat",
      "/logtail/cat",
      "/mainlogtail",
      "/RPC2",
      "/nothing",
    ]) {
      const answer = await curl(...foreign, ...firefox, `${served.httpUrl}${path}`);
      expect([path, answer.status, answer.headers.get("connection")]).toEqual([path, 403, "close"]);
      expect(answer.body).toContain(
        "Browsers are not answered under the name evil.example: this server asks for no password, and a page of that " +
          "name could drive it (DNS rebinding). Open it by its IP address, set username and password, or add " +
          "allowed_hosts=evil.example to [inet_http_server].",
      );
    }
    expect((await curl(...foreign, `${served.httpUrl}/?processname=cat&action=stop`)).status).toBe(301);
    expect((await curl(...foreign, `${served.httpUrl}/tail.html?processname=cat`)).body).toContain("secret");
    expect(daemon.asked).toEqual(["stop cat:cat"]);
  });
});

describe("what is not over soon, in browsers", () => {
  const local = { host: "127.0.0.1:9001", ...mozilla };
  const elsewhere = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "empty" };
  test.each<[string, IncomingHttpHeaders, boolean]>([
    ["the live page itself", { ...elsewhere, "sec-fetch-site": "same-origin" }, false],
    ["an address that was typed", { ...elsewhere, "sec-fetch-site": "none", "sec-fetch-dest": "document" }, false],
    ["a link elsewhere", { ...elsewhere, "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" }, false],
    ["a script elsewhere", elsewhere, true],
    ["a script of another port", { ...elsewhere, "sec-fetch-site": "same-site" }, true],
    ["a frame elsewhere", { ...elsewhere, "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe" }, true],
    ["a script elsewhere, over plain http", { origin: "http://evil.example" }, true],
    ["a sandboxed frame", { origin: "null" }, true],
    ["a browser that does not tell", {}, false],
  ])("%s", (_, headers, refused) => {
    for (const settings of [open, secret])
      expect(refuses({ ...local, ...headers }, { access: "read", method: "GET", settings })).toBe(refused);
  });

  test("other sites take no place of those who look on", async () => {
    const server = await serve(new FakeDaemon());
    try {
      for (const path of ["/events?follow=1", "/live", "/live/log?process=a", "/logs"]) {
        const { status } = await curl("-H", "Sec-Fetch-Site: cross-site", `${server.httpUrl}${path}`);
        expect([path, status]).toEqual([path, 403]);
      }
    } finally {
      await server.close();
    }
  });
});
