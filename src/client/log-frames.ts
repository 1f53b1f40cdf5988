/** Frames of a stream: a line of JSON, then as many bytes as its `length` says, in whatever portions they come. */
import { BadReply } from "./failures.ts";
import { type Struct, struct } from "./replies.ts";

export interface Frame {
  readonly head: Struct;
  readonly bytes: Buffer;
}

const NEWLINE = 0x0a;
const headLimitBytes = 4 * 1024 * 1024;
const lengthLimitBytes = 1024 * 1024;
const nothing = Buffer.alloc(0);

export class FrameReader {
  #held: Buffer[] = [];
  #heldBytes = 0;
  #head: Struct | null = null;
  #wanted = 0;

  /** The frames that these bytes complete. Throws `BadReply`. */
  *push(bytes: Buffer): Generator<Frame> {
    let rest = bytes;
    while (rest.length > 0) {
      if (this.#head === null) {
        const end = rest.indexOf(NEWLINE);
        if (end < 0) {
          this.#hold(rest);
          if (this.#heldBytes > headLimitBytes) throw new BadReply("a line of the stream has no end");
          return;
        }
        this.#hold(rest.subarray(0, end));
        rest = rest.subarray(end + 1);
        const head = parse(this.#release().toString());
        const length = head.length ?? 0;
        if (!isLength(length)) throw new BadReply("a piece of the stream has no sensible length");
        if (length === 0) yield { head, bytes: nothing };
        else {
          this.#head = head;
          this.#wanted = length;
        }
      } else {
        const part = rest.subarray(0, this.#wanted - this.#heldBytes);
        rest = rest.subarray(part.length);
        this.#hold(part);
        if (this.#heldBytes < this.#wanted) return;
        const head = this.#head;
        this.#head = null;
        yield { head, bytes: this.#release() };
      }
    }
  }

  #hold(bytes: Buffer): void {
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
  }

  #release(): Buffer {
    const whole = Buffer.concat(this.#held);
    this.#held = [];
    this.#heldBytes = 0;
    return whole;
  }
}

const isLength = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= lengthLimitBytes;

function parse(text: string): Struct {
  try {
    return struct(JSON.parse(text));
  } catch {
    throw new BadReply("the stream is not what it should be");
  }
}
