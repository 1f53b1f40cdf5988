/** One key that the program list sets for a process: what it has become for this copy, and where it stands. */
export interface Setting {
  /** `program:web`, `DEFAULT`, `group:site`. */
  readonly section: string;
  /** As the ini form names it. */
  readonly key: string;
  /** Where it stands in YAML, `programs.web.stdout.logfile`; null in ini. */
  readonly yaml: string | null;
  /** Expanded. Of `environment` the names only, of addresses no passwords. */
  readonly value: string;
  /** The file, absolute; or who has set it, where that is no file: `command line`, `spacectl scale`. */
  readonly source: string;
  /** null where there is no file. */
  readonly line: number | null;
}
