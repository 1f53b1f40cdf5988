/**
 * What is wrong with a program list, and where. A complaint is an error (the list is refused) or a
 * warning (the reference takes it silently, but hardly as it was meant). All of them are collected:
 * evaluation goes on after an error with a stand-in value, in the reference's order, so the first error
 * is the one the reference would report and `check` can show every other one too.
 */
export type Severity = "error" | "warning";

/** A stretch of one line of a file. Lines and columns count from 1, in UTF-16 units. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly length: number;
}

export interface Complaint extends Place {
  readonly severity: Severity;
  /** Section and key as the ini form names them; null when the complaint is about neither. */
  readonly section: string | null;
  readonly key: string | null;
  readonly message: string;
  /** What was probably meant. */
  readonly hint: string | null;
}

/** A value that does not fit: thrown by readers, turned into a complaint by whoever knows the place. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly hint: string | null;
  /** Index into the value as read, where the trouble begins. */
  readonly offset: number;
  /** The reference's whole text, when `message` is shorter. */
  readonly reference: string;

  constructor(message: string, hint: string | null = null, offset = 0, reference = message) {
    super(message);
    this.hint = hint;
    this.offset = offset;
    this.reference = reference;
  }
}

export interface Subject {
  readonly section?: string | null;
  readonly key?: string | null;
  readonly hint?: string | null;
}

/** A broken list can have as many complaints as it has lines; nobody reads more than this of one severity. */
const complaintLimit = 1000;

export class Complaints {
  readonly list: Complaint[] = [];
  /** The reference's words for the first error, or null while there is none. */
  firstError: string | null = null;
  errors = 0;
  /** How many complaints are not in the list because it is full. */
  unlisted = 0;
  readonly #seen = new Set<string>();
  readonly #listed = { error: 0, warning: 0 };

  /** `reference` is the whole text that the reference prints, when it says more than `message`. */
  error(message: string, place: Place, subject: Subject = {}, reference = message): void {
    this.firstError ??= reference;
    this.errors++;
    this.#add("error", message, place, subject);
  }

  warn(message: string, place: Place, subject: Subject = {}): void {
    this.#add("warning", message, place, subject);
  }

  #add(severity: Severity, message: string, place: Place, subject: Subject): void {
    const identity = `${place.line}:${place.column}:${place.file}:${message}`;
    if (this.#seen.has(identity)) return;
    if (this.#listed[severity] >= complaintLimit) {
      this.unlisted++;
      return;
    }
    this.#listed[severity]++;
    this.#seen.add(identity);
    const { file, line, column, length } = place;
    const { section = null, key = null, hint = null } = subject;
    this.list.push({ severity, file, line, column, length, section, key, message, hint });
  }
}
