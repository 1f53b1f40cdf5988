/**
 * What can go wrong between us and a daemon, one class per thing a caller treats differently.
 * How each is told to the user is the caller's affair.
 */

/** The daemon answered, and refused. `code` and `text` are those of the XML-RPC fault. */
export class RemoteFault extends Error {
  override readonly name = "RemoteFault";
  readonly code: number;
  readonly text: string;

  constructor(code: number, text: string) {
    super(`${code} ${text}`);
    this.code = code;
    this.text = text;
  }
}

/** An HTTP status other than 200, e.g. 401 Unauthorized. */
export class HttpFailure extends Error {
  override readonly name = "HttpFailure";
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string) {
    super(`${status} ${reason}`);
    this.status = status;
    this.reason = reason;
  }
}

/** No connection, or it broke. `code` is the system's name of the cause: ENOENT, ECONNREFUSED, ETIMEDOUT, ENOTFOUND … */
export class ConnectionFailure extends Error {
  override readonly name = "ConnectionFailure";
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

/** The daemon hung up before it answered. */
export class Disconnected extends Error {
  override readonly name = "Disconnected";
}

/** What came back is not what the protocol promises: broken HTTP, too much of it, or a value of the wrong shape. */
export class BadReply extends Error {
  override readonly name = "BadReply";
}

/** The daemon hung up in the middle of its answer. */
export class CutShort extends BadReply {}
