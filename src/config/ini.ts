/**
 * The ini dialect of supervisord: what Python's RawConfigParser takes in non-strict mode, with `;` and
 * `#` as comment signs. Its surprises are kept because files in the field depend on them: an inline
 * comment ends even a quoted value, deeper indentation continues a value, sections and keys may repeat.
 * Each surprise that is probably an accident is reported as a warning, with its place.
 */

import { repr, shortRepr } from "../core/python.ts";
import type { Complaints, Place } from "./complaint.ts";
import type { Document, Entry, ValueLine } from "./document.ts";
import { indentOf, isBlank, strip, stripEnd } from "./python.ts";

/** An entry under construction; `value` grows while lines continue it. */
interface OpenEntry {
  readonly key: string;
  /** As it is written: some letters are several when they are small. */
  readonly keyLength: number;
  readonly line: number;
  readonly column: number;
  readonly valueColumn: number;
  readonly pieces: string[];
  readonly lines: ValueLine[];
  offset: number;
  /** The quote that is open at the end of what has been read, as a shell sees it. */
  quote: string | null;
}

/**
 * Reads `text` into `document`. Returns false after a syntax error, which is then in `complaints` with
 * the reference's text (`File contains no section headers. …`, `Source contains parsing errors: …`).
 */
export function readIni(text: string, file: string, document: Document, complaints: Complaints): boolean {
  return new IniReader(file, document, complaints).read(text);
}

const listedErrors = 20;

class IniReader {
  readonly #file: string;
  readonly #document: Document;
  readonly #complaints: Complaints;
  /** Section names and keys seen in this file, with their lines. */
  readonly #headers = new Map<string, number>();
  readonly #errors: { line: number; text: string }[] = [];
  #errorCount = 0;
  #section: { name: string; entries: Map<string, Entry>; keys: Map<string, number> } | null = null;
  readonly #keys = new Map<string, Map<string, number>>();
  #entry: OpenEntry | null = null;
  #indent = 0;

  constructor(file: string, document: Document, complaints: Complaints) {
    this.#file = file;
    this.#document = document;
    this.#complaints = complaints;
  }

  read(text: string): boolean {
    let number = 0;
    for (const line of physicalLines(text)) {
      if (!this.#line(line, ++number)) return false;
    }
    this.#close();
    if (this.#errorCount === 0) return true;
    this.#refuse();
    return false;
  }

  /** False when reading cannot go on. */
  #line(line: string, number: number): boolean {
    const indent = indentOf(line);
    const first = line.charAt(indent);
    const comment = first === ";" || first === "#" ? 0 : commentStart(line);
    const content = stripEnd(comment < 0 ? line : line.slice(0, comment)).slice(indent);
    if (content === "") {
      if (comment < 0 && this.#entry !== null) this.#continue("", number, 1);
      return true;
    }
    if (this.#entry !== null && this.#section !== null && indent > this.#indent) {
      this.#continue(content, number, indent + 1);
    } else {
      this.#indent = indent;
      const header = content.startsWith("[") ? content.lastIndexOf("]") : -1;
      if (header > 1) this.#open(content.slice(1, header), number, indent + 1, header + 1);
      else if (this.#section === null) return this.#headless(line, number);
      else this.#option(content, line, number, indent);
    }
    if (comment > 0 && this.#entry !== null) this.#checkCut(line, comment, number);
    return true;
  }

  #open(name: string, line: number, column: number, length: number): void {
    this.#close();
    const place: Place = { file: this.#file, line, column, length };
    const earlier = this.#headers.get(name);
    if (earlier === undefined) this.#headers.set(name, line);
    else
      this.#complaints.warn(`section [${name}] appears again (first in line ${earlier}); the two are merged`, place, {
        section: name,
      });
    const keys = this.#keys.get(name) ?? new Map<string, number>();
    this.#keys.set(name, keys);
    if (name === "DEFAULT") {
      this.#section = { name, entries: this.#document.defaults, keys };
      return;
    }
    let section = this.#document.sections.get(name);
    if (section === undefined) {
      section = { name, entries: new Map(), place };
      this.#document.sections.set(name, section);
    }
    this.#section = { name, entries: section.entries, keys };
  }

  #option(content: string, line: string, number: number, indent: number): void {
    const delimiter = content.search(/[=:]/);
    if (delimiter < 1) {
      this.#errorCount++;
      if (this.#errors.length < listedErrors) this.#errors.push({ line: number, text: line });
      if (delimiter < 0) return;
    }
    this.#close();
    const written = stripEnd(content.slice(0, delimiter));
    const key = written.toLowerCase();
    const after = content.slice(delimiter + 1);
    const value = strip(after);
    const valueColumn = indent + delimiter + 2 + indentOf(after);
    this.#entry = {
      key,
      keyLength: Math.max(1, written.length),
      line: number,
      column: indent + 1,
      valueColumn,
      pieces: [value],
      lines: [{ offset: 0, line: number, column: valueColumn }],
      offset: value.length + 1,
      quote: quoteAfter(value, null),
    };
    this.#checkRepeated(this.#entry);
  }

  #checkRepeated({ key, keyLength, line, column }: OpenEntry): void {
    const section = this.#section;
    if (section === null) return;
    const earlier = section.keys.get(key);
    section.keys.set(key, line);
    if (earlier === undefined) return;
    const place = { file: this.#file, line, column, length: keyLength };
    this.#complaints.warn(`${key} appears again and replaces the value in line ${earlier}`, place, {
      section: section.name,
      key,
    });
  }

  #continue(content: string, line: number, column: number): void {
    const entry = this.#entry;
    if (entry === null) return;
    entry.lines.push({ offset: entry.offset, line, column });
    entry.pieces.push(content);
    entry.offset += content.length + 1;
    entry.quote = quoteAfter(content, entry.quote);
  }

  #close(): void {
    const entry = this.#entry;
    this.#entry = null;
    if (entry === null || this.#section === null) return;
    const { key, keyLength, line, column, valueColumn, pieces, lines } = entry;
    // Trailing blank lines belong to nobody.
    while (pieces.length > 1 && pieces.at(-1) === "") {
      pieces.pop();
      lines.pop();
    }
    this.#document.touched.push({ entries: this.#section.entries, key });
    this.#section.entries.set(key, {
      key,
      value: pieces.length === 1 ? (pieces[0] ?? "") : stripEnd(pieces.join("\n")),
      file: this.#file,
      line,
      column,
      keyLength,
      valueColumn,
      lines: lines.length === 1 ? null : lines,
    });
  }

  /** Warns when a comment sign stands between quotes, where hardly anybody means a comment. */
  #checkCut(line: string, comment: number, number: number): void {
    const entry = this.#entry;
    if (entry === null) return;
    if (entry.quote === null || !line.slice(comment).includes(entry.quote)) return;
    const sign = line.charAt(comment);
    this.#complaints.warn(
      `the value of ${entry.key} ends before this ${sign}, although it stands between quotes`,
      { file: this.#file, line: number, column: comment + 1, length: stripEnd(line).length - comment },
      {
        section: this.#section?.name ?? null,
        key: entry.key,
        hint: `a blank before ${sign} begins a comment, quotes or not: leave the blank out`,
      },
    );
  }

  #headless(line: string, number: number): false {
    const indent = indentOf(line);
    const length = Math.max(1, stripEnd(line).length - indent);
    const place = { file: this.#file, line: number, column: indent + 1, length };
    const hint = line.startsWith("\ufeff") ? "the file begins with a byte order mark: save it without" : null;
    this.#complaints.error(
      "this line stands before any [section]",
      place,
      { hint },
      `File contains no section headers.\nfile: ${repr(this.#file)}, line: ${number}\n${shortRepr(line)}`,
    );
    return false;
  }

  #refuse(): void {
    const lines = this.#errors.map(({ line, text }) => `\n\t[line ${String(line).padStart(2)}]: ${shortRepr(text)}`);
    if (this.#errorCount > listedErrors) lines.push(`\n\t… and ${this.#errorCount - listedErrors} more`);
    const reference = `Source contains parsing errors: ${repr(this.#file)}${lines.join("")}`;
    for (const { line, text } of this.#errors) {
      const indent = indentOf(text);
      const place = { file: this.#file, line, column: indent + 1, length: stripEnd(text).length - indent };
      const message = /^\s*[=:]/.test(text)
        ? "a key is missing before the ="
        : "this line is neither a [section] nor key=value";
      const hint = indent > 0 ? null : "to continue the value above, indent the line";
      this.#complaints.error(message, place, { hint }, reference);
    }
  }
}

/** Lines with their ends, of which the last may have none; `\r\n` and `\r` count as `\n`. */
function* physicalLines(text: string): Generator<string> {
  const returns = text.includes("\r");
  let from = 0;
  while (from < text.length) {
    const end = text.indexOf("\n", from);
    const until = end < 0 ? text.length : end + 1;
    const line = text.slice(from, until);
    from = until;
    if (!returns || !line.includes("\r")) yield line;
    else yield* line.replace(/\r\n?/g, "\n").split(/(?<=\n)/);
  }
}

/**
 * Index of the sign that begins an inline comment, or -1: one with a blank before it. The two signs are
 * tried in step, first occurrences first, and the first step with a hit decides, as in the reference:
 * `a;b ;c #d` is cut at the `#`.
 */
function commentStart(line: string): number {
  let semicolon = line.indexOf(";");
  let hash = line.indexOf("#");
  while (semicolon >= 0 || hash >= 0) {
    const hits = [semicolon, hash].filter((at) => at === 0 || (at > 0 && isBlank(line.charAt(at - 1))));
    if (hits.length > 0) return Math.min(...hits);
    if (semicolon >= 0) semicolon = line.indexOf(";", semicolon + 1);
    if (hash >= 0) hash = line.indexOf("#", hash + 1);
  }
  return -1;
}

/** The quote that is open after `text`, given the one open before it. Backslashes protect, as they do in a shell. */
function quoteAfter(text: string, before: string | null): string | null {
  let open = before;
  if (open === null && !text.includes('"') && !text.includes("'")) return null;
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === "\\" && open !== "'") at++;
    else if (open === null && (char === '"' || char === "'")) open = char;
    else if (char === open) open = null;
  }
  return open;
}
