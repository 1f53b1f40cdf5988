/**
 * The runtime is linked with libatomic.so.1, which plain images of distributions do not have, for a single function:
 * V8 keeps the heads of some lists in eight bytes that its compiler does not know to be aligned. Here a program gets
 * that function from itself: its code is put behind the last code of the program, the symbol becomes one that is
 * defined there and hidden, so that the dynamic linker looks for it nowhere else, and the library is struck off.
 */
import { compareExchange } from "./compare-exchange.ts";
import { Elf, tag } from "./elf.ts";

const library = "libatomic.so.1";
const provided = "__atomic_compare_exchange";

/**
 * Changes `bytes`, an ELF file, so that it needs no libatomic; does nothing to one that needs none.
 * @throws Error, with `bytes` as they were, when the file is not as it is known to be
 */
export function withoutLibatomic(bytes: Buffer): void {
  if (!needsLibatomic(bytes)) return;
  const elf = new Elf(bytes);
  const code = compareExchange.get(elf.machine)?.code;
  if (code === undefined) throw new Error(`there is no ${provided} for processors of ELF's number ${elf.machine}`);
  const BIND_NOW = 8;
  // A reference that is bound late is not looked up as one that is bound at the start.
  if ((elf.dynamicValue(tag.flags) & BIND_NOW) === 0) throw new Error("its functions are not all bound at the start");
  const record = versionRecord(elf);
  const symbol = symbolOf(elf, record.versions);
  const room = roomForCode(elf, code.length);

  code.copy(bytes, room.offset);
  bytes.writeBigUInt64LE(BigInt(room.segment.fileBytes + room.bytes), room.segment.header + 32);
  bytes.writeBigUInt64LE(BigInt(room.segment.memoryBytes + room.bytes), room.segment.header + 40);
  define(elf, symbol, room.address, code.length);
  strikeVersions(elf, record);
  strikeNeeded(elf);
}

export function needsLibatomic(bytes: Buffer): boolean {
  return new Elf(bytes).needed().includes(library);
}

interface VersionRecord {
  readonly at: number;
  readonly before: number | null;
  /** Bytes to the next one; 0 = it is the last. */
  readonly next: number;
  /** Numbers that symbols of the library carry. */
  readonly versions: ReadonlySet<number>;
}

function versionRecord(elf: Elf): VersionRecord {
  let at = elf.offsetOf(elf.dynamicValue(tag.versionsNeeded));
  let before: number | null = null;
  const count = elf.dynamicValue(tag.versionsNeededCount);
  for (let left = count; left > 0 && count > 1; left--) {
    const next = elf.bytes.readUInt32LE(at + 12);
    if (elf.name(elf.bytes.readUInt32LE(at + 4)) === library) {
      const versions = new Set<number>();
      let auxiliary = at + elf.bytes.readUInt32LE(at + 8);
      for (let count = elf.bytes.readUInt16LE(at + 2); count > 0; count--) {
        versions.add(elf.bytes.readUInt16LE(auxiliary + 6));
        auxiliary += elf.bytes.readUInt32LE(auxiliary + 12);
      }
      return { at, before, next, versions };
    }
    before = at;
    at += next;
  }
  throw new Error(`it does not say which versions of ${library} and others it needs`);
}

/** Number of the one symbol that comes from the library. */
function symbolOf(elf: Elf, versions: ReadonlySet<number>): number {
  const [table, names] = [elf.dynamicValue(tag.symbols), elf.dynamicValue(tag.names)];
  // As linkers lay them out; nothing else tells how many symbols there are.
  if (names <= table) throw new Error("its names stand before its symbols");
  const [symbols, numbers] = [elf.offsetOf(table), elf.offsetOf(elf.dynamicValue(tag.versionsOfSymbols))];
  const found: number[] = [];
  for (let index = 0; index < Math.floor((names - table) / symbolBytes); index++)
    if (versions.has(elf.bytes.readUInt16LE(numbers + index * 2) & 0x7fff)) found.push(index);
  const named = found.map((index) => elf.name(elf.bytes.readUInt32LE(symbols + index * symbolBytes)));
  const [symbol] = found;
  if (symbol === undefined || named.join() !== provided)
    throw new Error(`it wants ${named.join(", ") || "nothing"} of ${library}, not just ${provided}`);
  return symbol;
}

const symbolBytes = 24;

/** Behind the code of the program: what is mapped is whole pages, and nothing of the file is in the rest of the last. */
function roomForCode(elf: Elf, bytes: number) {
  const [PT_LOAD, executable] = [1, 1];
  const loaded = elf.segments.filter(({ type }) => type === PT_LOAD);
  const segment = loaded.findLast(({ flags }) => (flags & executable) !== 0);
  if (segment === undefined) throw new Error("it has no code");
  const end = segment.offset + segment.fileBytes;
  const padding = (16 - (end % 16)) % 16;
  const needed = padding + bytes;
  const isFree = (start: number, others: readonly number[]) =>
    others.every((other) => other < start || other >= start + needed);
  if (
    segment.fileBytes !== segment.memoryBytes ||
    !isFree(
      end,
      elf.segments.map(({ offset }) => offset),
    ) ||
    !isFree(
      segment.address + segment.fileBytes,
      loaded.map(({ address }) => pageOf(address)),
    ) ||
    !elf.bytes.subarray(end, end + needed).equals(Buffer.alloc(needed))
  )
    throw new Error(`there is no room of ${needed} bytes behind its code`);
  return { segment, offset: end + padding, address: segment.address + segment.fileBytes + padding, bytes: needed };
}

const pageOf = (address: number): number => address - (address % 4096);

/** st_info: a global function; st_other: hidden; a version number of 0: local. */
function define(elf: Elf, symbol: number, address: number, bytes: number): void {
  const at = elf.offsetOf(elf.dynamicValue(tag.symbols)) + symbol * symbolBytes;
  elf.bytes[at + 4] = 0x12;
  elf.bytes[at + 5] = 2;
  elf.bytes.writeUInt16LE(elf.lastCodeSection(), at + 6);
  elf.bytes.writeBigUInt64LE(BigInt(address), at + 8);
  elf.bytes.writeBigUInt64LE(BigInt(bytes), at + 16);
  elf.bytes.writeUInt16LE(0, elf.offsetOf(elf.dynamicValue(tag.versionsOfSymbols)) + symbol * 2);
}

function strikeVersions(elf: Elf, { at, before, next }: VersionRecord): void {
  const { bytes } = elf;
  const table = elf.dynamicValue(tag.versionsNeeded);
  const count = elf.dynamicValue(tag.versionsNeededCount) - 1;
  elf.setDynamicValue(tag.versionsNeededCount, count);
  const sections = elf.sectionsAt(table);
  for (const { header } of sections) bytes.writeUInt32LE(count, header + 44);
  if (before !== null) {
    bytes.writeUInt32LE(next === 0 ? 0 : at + next - before, before + 12);
    return;
  }
  elf.setDynamicValue(tag.versionsNeeded, table + next);
  for (const { header } of sections) {
    bytes.writeBigUInt64LE(BigInt(table + next), header + 16);
    bytes.writeBigUInt64LE(BigInt(elf.number(header + 24) + next), header + 24);
    bytes.writeBigUInt64LE(BigInt(elf.number(header + 32) - next), header + 32);
  }
}

/** The entries behind it move up, and one more says that it is the end. */
function strikeNeeded(elf: Elf): void {
  const entries = elf.dynamic();
  const struck = entries.find((each) => each.tag === tag.needed && elf.name(each.value) === library);
  const last = entries.at(-1);
  if (struck === undefined || last === undefined) return;
  elf.bytes.copyWithin(struck.at, struck.at + 16, last.at + 16);
  elf.bytes.fill(0, last.at, last.at + 16);
}
