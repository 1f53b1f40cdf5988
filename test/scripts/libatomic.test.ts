/**
 * The runtime without libatomic: the function that is given to it in machine code, called as C calls it, and
 * what the tools for executables and the dynamic linker make of the changed file.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compareExchange } from "../../scripts/build/compare-exchange.ts";
import { Elf } from "../../scripts/build/elf.ts";
import { needsLibatomic, withoutLibatomic } from "../../scripts/build/libatomic.ts";
import { newDirectory, run } from "../helpers/daemon.ts";

const runtime = realpathSync(process.execPath);
const directory = newDirectory();
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const native = compareExchange.get(new Elf(readFileSync(runtime)).machine);
if (native === undefined) throw new Error("there is no function for this processor");

describe("the function", () => {
  test("is what the assembler makes of its listing", () => {
    const [source, object, flat] = ["f.s", "f.o", "f.bin"].map((name) => join(directory, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(source, native.assembly);
    execFileSync("as", ["-o", object, source]);
    execFileSync("objcopy", ["-O", "binary", "-j", ".text", object, flat]);
    // The assembler fills its section up with zeros.
    expect(readFileSync(flat).toString("hex")).toMatch(new RegExp(`^${native.code.toString("hex")}(00)*$`));
  });

  test("exchanges what is as expected, and else says what is there, for each size", async () => {
    const { code, stdout, stderr } = await run(["python3", "-c", `${called}${sizes}`, native.code.toString("hex")]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toBe([1, 2, 4, 8, 16].map((size) => `${size} exchanged, refused\n`).join(""));
  });

  test("loses no exchange of threads that are at the same eight bytes", async () => {
    const { code, stdout, stderr } = await run(["python3", "-c", `${called}${race}`, native.code.toString("hex")]);
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "80000\n", stderr: "" });
  });
});

/** The function in memory of its own; ctypes lets other threads run while it is called. */
const called = `
import ctypes, mmap, sys, threading
code = bytes.fromhex(sys.argv[1])
memory = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
memory.write(code)
address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
exchange = ctypes.CFUNCTYPE(ctypes.c_bool, ctypes.c_size_t, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_int)(address)
`;

/** Three places of 16 bytes, aligned; whatever is beside an object stays. */
const sizes = `
space = (ctypes.c_char * 112)()
start = (ctypes.addressof(space) + 15) & ~15
def put(place, value): ctypes.memmove(start + 32 * place, value, len(value))
def get(place): return ctypes.string_at(start + 32 * place, 24)
rest = b"r" * 8
for size in (1, 2, 4, 8, 16):
    old, new, other = bytes(range(1, 17)), bytes(range(65, 81)), bytes(range(97, 113))
    put(0, old + rest); put(1, old + rest); put(2, new + rest)
    call = lambda: exchange(size, start, start + 32, start + 64, 5, 5)
    assert call() is True
    assert get(0) == new[:size] + old[size:] + rest, get(0)
    assert get(1) == old + rest and get(2) == new + rest
    # The last byte alone makes the difference.
    there = new[:size - 1] + other[size - 1:size] + old[size:]
    put(0, there + rest); put(1, new + rest); put(2, old + rest)
    assert call() is False
    assert get(0) == there + rest, get(0)
    assert get(1) == there[:size] + new[size:] + rest, get(1)
    print(size, "exchanged, refused", sep=" ")
`;

const race = `
value = ctypes.c_uint64(0)
def count():
    expected, desired = ctypes.c_uint64(0), ctypes.c_uint64(0)
    for _ in range(20000):
        while True:
            desired.value = expected.value + 1
            if exchange(8, ctypes.addressof(value), ctypes.addressof(expected), ctypes.addressof(desired), 5, 5): break
        expected.value = desired.value
threads = [threading.Thread(target=count) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(value.value)
`;

describe("the runtime", () => {
  const changed = join(directory, "runtime");
  const original = readFileSync(runtime);

  beforeAll(() => {
    copyFileSync(runtime, changed);
    execFileSync("strip", ["--strip-all", changed]);
    const bytes = readFileSync(changed);
    withoutLibatomic(bytes);
    writeFileSync(changed, bytes);
  });

  test("needs the library before, and neither it nor a version of it afterwards", async () => {
    expect(needsLibatomic(original)).toBe(true);
    expect(needsLibatomic(readFileSync(changed))).toBe(false);
    const { stdout, stderr } = await run(["readelf", "--wide", "--dynamic", "--version-info", changed]);
    expect(stderr).toBe("");
    expect(stdout).toContain("[libstdc++.so.6]");
    expect(stdout).toMatch(/File: libstdc\+\+\.so\.6/);
    expect(stdout).not.toMatch(/libatomic/i);
    const { needed, others } = split(original);
    expect(split(readFileSync(changed))).toEqual({
      needed: needed.filter((name) => name !== "libatomic.so.1"),
      others,
    });
  });

  test("has the function where its one reference leads", async () => {
    const { stdout } = await run(["readelf", "--wide", "--relocs", changed]);
    const [, address = ""] = /JUMP_SLOT +([0-9a-f]+) __atomic_compare_exchange \+ 0$/m.exec(stdout) ?? [];
    const elf = new Elf(readFileSync(changed));
    const at = elf.offsetOf(Number.parseInt(address, 16));
    expect(elf.bytes.subarray(at, at + native.code.length)).toEqual(native.code);
  });

  test("is bound to nothing of the library, and works", async () => {
    const script =
      "const f = [...Array(2000).keys()].map((n) => eval('(a) => a + ' + n)); console.log(f.reduce((sum, each) => each(sum), 0))";
    const env = { ...process.env, LD_DEBUG: "bindings", NODE_OPTIONS: "" };
    const { code, stdout, stderr } = await run([changed, "-e", script], { env });
    expect({ code, stdout }).toEqual({ code: 0, stdout: "1999000\n" });
    expect(stderr).toContain("normal symbol `malloc'");
    expect(stderr).not.toContain("atomic_compare_exchange");
  }, 20_000);

  test("is left as it is when it needs the library no more", () => {
    const bytes = readFileSync(changed);
    withoutLibatomic(bytes);
    expect(bytes.equals(readFileSync(changed))).toBe(true);
  });

  test("is not touched when it is not as it is known to be", () => {
    const text = new Elf(original).segments.find(({ type, flags }) => type === 1 && (flags & 1) !== 0);
    if (text === undefined) throw new Error("it has no code");
    refuses(/^there is no room of \d+ bytes behind its code$/, (bytes) => {
      bytes[text.offset + text.fileBytes + 20] = 1;
    });
    refuses(/^it wants __atomic_compare_exchangf of libatomic.so.1, not just __atomic_compare_exchange$/, (bytes) =>
      bytes.write("f\0", bytes.indexOf("\0__atomic_compare_exchange\0", 0, "latin1") + 25, "latin1"),
    );
    refuses(/^there is no __atomic_compare_exchange for processors of ELF's number 243$/, (bytes) =>
      bytes.writeUInt16LE(243, 18),
    );
    expect(() => withoutLibatomic(Buffer.from(`#!/bin/sh\n${" ".repeat(100)}`))).toThrow("it is no 64-bit");
  });

  function refuses(message: RegExp, change: (bytes: Buffer) => void): void {
    const bytes = Buffer.from(original);
    change(bytes);
    const before = Buffer.from(bytes);
    expect(() => withoutLibatomic(bytes)).toThrow(message);
    expect(bytes.equals(before)).toBe(true);
  }
});

/** What is in the dynamic section besides the libraries, without what has to be different. */
function split(bytes: Buffer) {
  const elf = new Elf(bytes);
  const differs = [1n, 0x6ffffffen, 0x6fffffffn];
  return {
    needed: elf.needed(),
    others: elf.dynamic().flatMap(({ tag, value }) => (differs.includes(tag) ? [] : [[tag, value]])),
  };
}
