/** One program list of the differential test. */

export interface ConfigCase {
  readonly name: string;
  /** Relative path -> text; `main.conf` is loaded. Without a `[supervisord]` line it gets one in front. */
  readonly files: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
}

export const main = (name: string, text: string, more: Readonly<Record<string, string>> = {}): ConfigCase => ({
  name,
  files: { "main.conf": /^\[supervisord\]/m.test(text) ? text : `[supervisord]\n${text}`, ...more },
});

export const cat = "[program:p]\ncommand=/bin/cat\n";

export const file = (name: string, text: string): ConfigCase => ({ name, files: { "main.conf": text } });
