import { describe, expect, test } from "vitest";
import { complaints, config } from "./files.ts";

const list = (socket: string): string =>
  `[supervisord]\n[program:cat]\ncommand=/bin/cat\n[fcgi-program:php]\ncommand=php-cgi\n${socket}[group:site]\nprograms=cat,php\n`;

describe("a FastCGI program in a group", () => {
  test("has its socket, the others have none", async () => {
    const { groups } = await config("fcgi.conf", list("socket=unix:///run/%(program_name)s.sock\nsocket_mode=0666\n"));
    const socket = { type: "unix", url: "unix:///run/php.sock", path: "/run/php.sock", mode: 0o666 };
    const rest = { uid: null, gid: null, backlog: null };
    expect(groups).toMatchObject([{ name: "site", kind: "program", sockets: { php: { ...socket, ...rest } } }]);
  });

  test.each([
    [
      "no socket",
      "",
      '4:1 warning [fcgi-program:php] section requires a "socket" line; its processes get no socket (for example socket=unix:///run/app.sock)',
    ],
    [
      "a bad one",
      "socket=bogus\n",
      "6:8 warning ('Bad socket format %s', 'bogus') in [fcgi-program:php] socket; its processes get no socket (write unix:///path or tcp://host:port)",
    ],
    [
      "a bad backlog",
      "socket=tcp://a:1\nsocket_backlog=0\n",
      "7:16 warning Invalid socket_backlog value 0; its processes get no socket (1 to 65535)",
    ],
  ])("with %s is run without, as the reference runs it, and a warning tells", async (_, text, warning) => {
    expect(await complaints("bad.conf", list(text))).toEqual([warning]);
    expect((await config("bad.conf", list(text))).groups).toMatchObject([{ name: "site", sockets: {} }]);
  });
});
