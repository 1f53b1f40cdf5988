/**
 * The files of the live page. `scripts/build.ts` makes them of `src/web` and puts them in the place of this module: from
 * the sources the status page is shown as it is, without a script.
 */

export interface PageFile {
  /** Below `web/`; its content's digest is part of it. */
  readonly name: string;
  readonly type: string;
  /** Its content, compressed with gzip, in base64. */
  readonly gzip: string;
}

/** The script, then the style. */
export const pageFiles: readonly PageFile[] = [];
