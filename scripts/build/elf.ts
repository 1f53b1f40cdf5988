/**
 * As much of a 64-bit little-endian ELF file as it takes to change how it is linked with others: elf(5), and for
 * versions of symbols the "LSB Core" document, "Symbol Versioning". Everything is found through the program headers,
 * as the dynamic linker does; the section headers, which only tools read, are kept true where something moves.
 */

/** Of the dynamic section. */
export const tag = {
  null: 0n,
  needed: 1n,
  jumps: 23n,
  jumpsBytes: 2n,
  names: 5n,
  symbols: 6n,
  flags: 30n,
  versionsOfSymbols: 0x6ffffff0n,
  versionsNeeded: 0x6ffffffen,
  versionsNeededCount: 0x6fffffffn,
} as const;

export interface Segment {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly address: number;
  readonly fileBytes: number;
  readonly memoryBytes: number;
  /** Where its header is in the file. */
  readonly header: number;
}

export class Elf {
  readonly bytes: Buffer;
  /** EM_X86_64 = 62, EM_AARCH64 = 183. */
  readonly machine: number;
  readonly segments: readonly Segment[];

  /** @throws Error when it is none */
  constructor(bytes: Buffer) {
    if (bytes.readUInt32BE(0) !== 0x7f454c46 || bytes[4] !== 2 || bytes[5] !== 1)
      throw new Error("it is no 64-bit little-endian ELF file");
    this.bytes = bytes;
    this.machine = bytes.readUInt16LE(18);
    this.segments = Array.from({ length: bytes.readUInt16LE(56) }, (_, index) => {
      const header = this.number(32) + index * bytes.readUInt16LE(54);
      return {
        type: bytes.readUInt32LE(header),
        flags: bytes.readUInt32LE(header + 4),
        offset: this.number(header + 8),
        address: this.number(header + 16),
        fileBytes: this.number(header + 32),
        memoryBytes: this.number(header + 40),
        header,
      };
    });
  }

  number(offset: number): number {
    return Number(this.bytes.readBigUInt64LE(offset));
  }

  /** Where in the file is what will be at an address. */
  offsetOf(address: number): number {
    const PT_LOAD = 1;
    const segment = this.segments.find(
      (each) => each.type === PT_LOAD && address >= each.address && address < each.address + each.fileBytes,
    );
    if (segment === undefined) throw new Error(`nothing of the file is at address 0x${address.toString(16)}`);
    return address - segment.address + segment.offset;
  }

  /** Of the dynamic section, up to its end; `at` is where in the file the entry is. */
  dynamic(): { readonly tag: bigint; readonly value: number; readonly at: number }[] {
    const PT_DYNAMIC = 2;
    const segment = this.segments.find((each) => each.type === PT_DYNAMIC);
    if (segment === undefined) return [];
    const entries = [];
    for (let at = segment.offset; at < segment.offset + segment.fileBytes; at += 16) {
      const entry = { tag: this.bytes.readBigUInt64LE(at), value: this.number(at + 8), at };
      if (entry.tag === tag.null) break;
      entries.push(entry);
    }
    return entries;
  }

  /** @throws Error when the dynamic section does not say it */
  dynamicValue(wanted: bigint): number {
    const entry = this.dynamic().find((each) => each.tag === wanted);
    if (entry === undefined) throw new Error(`its dynamic section has no entry 0x${wanted.toString(16)}`);
    return entry.value;
  }

  setDynamicValue(wanted: bigint, value: number): void {
    const entry = this.dynamic().find((each) => each.tag === wanted);
    if (entry !== undefined) this.bytes.writeBigUInt64LE(BigInt(value), entry.at + 8);
  }

  /** A name of the dynamic section. */
  name(index: number): string {
    const start = this.offsetOf(this.dynamicValue(tag.names)) + index;
    return this.bytes.toString("latin1", start, this.bytes.indexOf(0, start));
  }

  /** Names of the libraries that are loaded with it. */
  needed(): string[] {
    return this.dynamic()
      .filter((each) => each.tag === tag.needed)
      .map(({ value }) => this.name(value));
  }

  /** Sections that begin at `address`: where in the file the header of each is, and its number. */
  sectionsAt(address: number): { readonly header: number; readonly index: number }[] {
    return this.#sections().filter(({ header }) => this.number(header + 16) === address);
  }

  /** The last section of code. */
  lastCodeSection(): number {
    const SHF_EXECINSTR = 4;
    return this.#sections().findLast(({ header }) => (this.number(header + 8) & SHF_EXECINSTR) !== 0)?.index ?? 1;
  }

  #sections(): { readonly header: number; readonly index: number }[] {
    return Array.from({ length: this.bytes.readUInt16LE(60) }, (_, index) => ({
      header: this.number(40) + index * this.bytes.readUInt16LE(58),
      index,
    }));
  }
}
