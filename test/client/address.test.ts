import { describe, expect, test } from "vitest";
import { BadAddress, parseAddress } from "../../src/client/address.ts";

describe("a server address", () => {
  test.each([
    ["unix:///run/s.sock", { type: "unix", path: "/run/s.sock" }],
    ["unix://s.sock", { type: "unix", path: "s.sock" }],
    ["http://localhost:9001", { type: "tcp", host: "localhost", port: 9001 }],
    ["http://localhost", { type: "tcp", host: "localhost", port: 80 }],
    ["http://:9001", { type: "tcp", host: "localhost", port: 9001 }],
    ["http://joe@10.0.0.1:1/path?x#y", { type: "tcp", host: "10.0.0.1", port: 1 }],
    ["http://[::1]:9001", { type: "tcp", host: "::1", port: 9001 }],
  ])("%s names where to connect", (url, address) => {
    expect(parseAddress(url)).toEqual(address);
  });

  test.each([
    ["https://x", "Unknown protocol for serverurl https://x"],
    ["HTTP://x", "Unknown protocol for serverurl HTTP://x"],
    ["", "Unknown protocol for serverurl "],
    ["http://x:abc", "Port could not be cast to integer value as 'abc'"],
    ["http://x:65536", "Port out of range 0-65535"],
    ["http://[::1", "Invalid IPv6 URL"],
    ["http://::1]:9001/x", "Invalid IPv6 URL"],
  ])("%s is refused as the reference refuses it", (url, message) => {
    expect(() => parseAddress(url)).toThrow(new BadAddress(message));
  });
});
