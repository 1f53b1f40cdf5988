import { describe, expect, test } from "vitest";
import { errorLine, NamedError } from "../../src/cli/error-line.ts";
import { BadAddress } from "../../src/client/address.ts";
import { BadReply, ConnectionFailure, Disconnected, HttpFailure, RemoteFault } from "../../src/client/failures.ts";

describe("a failure is told in the words of supervisorctl", () => {
  test.each([
    [new RemoteFault(6, "SHUTDOWN_STATE"), "<class 'xmlrpc.client.Fault'>, <Fault 6: 'SHUTDOWN_STATE'>"],
    [new RemoteFault(92, "CANT_REREAD: no 'x'"), `<class 'xmlrpc.client.Fault'>, <Fault 92: "CANT_REREAD: no 'x'">`],
    [
      new HttpFailure(401, "Unauthorized"),
      "<class 'xmlrpc.client.ProtocolError'>, <ProtocolError for 127.0.0.1/RPC2: 401 Unauthorized>",
    ],
    [new ConnectionFailure("ENOENT"), "<class 'FileNotFoundError'>, [Errno 2] No such file or directory"],
    [new ConnectionFailure("ECONNREFUSED"), "<class 'ConnectionRefusedError'>, [Errno 111] Connection refused"],
    [new ConnectionFailure("EACCES"), "<class 'PermissionError'>, [Errno 13] Permission denied"],
    [new ConnectionFailure("ENOTFOUND"), "<class 'socket.gaierror'>, [Errno -2] Name or service not known"],
    [new ConnectionFailure("ENAMETOOLONG"), "<class 'OSError'>, AF_UNIX path too long"],
    [new ConnectionFailure("EWEIRD"), "<class 'OSError'>, EWEIRD"],
    [new Disconnected(), "<class 'http.client.RemoteDisconnected'>, Remote end closed connection without response"],
    [new BadAddress("Unknown protocol for serverurl x"), "<class 'ValueError'>, Unknown protocol for serverurl x"],
    [new BadReply("not an HTTP response"), "<class 'xmlrpc.client.ResponseError'>, not an HTTP response"],
    [new NamedError("EOFError", "EOF when reading a line"), "<class 'EOFError'>, EOF when reading a line"],
    [new Error("one\ntwo"), "one"],
    ["thrown text", "thrown text"],
  ])("%s", (error, text) => {
    expect(errorLine(error, ""), "an address of nothing").toBe(`error: ${text}: file: - line: 0`);
    expect(errorLine(error, "unix:///run/a b.sock")).toBe(`error: ${text}: file: unix:///run/a%20b.sock line: 0`);
  });
});
