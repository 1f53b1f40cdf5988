/** The little of man(7) that the manual pages need, as groff and mandoc read it: text that is only text, entries, sections. */

/** In bytes; longer lines of input are frowned upon. */
const lineWidth = 78;

/** For one line of roff: nothing in it is an escape or a request. */
function text(plain: string): string {
  return plain
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll("`", "\\(ga")
    .replaceAll("…", "...")
    .replace(/[^\0-\x7f]/gu, (char) => `\\[u${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}]`)
    .replace(/\s+/g, " ")
    .trim()
    .replace(/^([.'])/, "\\&$1");
}

/** A paragraph of running text, over as many lines as it takes. */
export function prose(plain: string): string {
  const lines: string[] = [];
  for (const word of plain.split(/\s+/).filter((each) => each !== "")) {
    const last = lines.at(-1);
    if (last !== undefined && text(`${last} ${word}`).length <= lineWidth) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.map(text).join("\n");
}

export const bold = (plain: string): string => `\\fB${text(plain)}\\fR`;
export const italic = (plain: string): string => `\\fI${text(plain)}\\fR`;

/** `title` is roff already. */
export const entry = (title: string, plain: string): string => `.TP\n${title}\n${prose(plain) || "\\&"}`;

/** A first paragraph needs no macro. */
export const section = (title: string, ...parts: string[]): string =>
  [`.SH ${heading(title)}`, ...parts].join("\n").replace(/^(.*\n)\.PP\n/, "$1");
export const subsection = (title: string, ...parts: string[]): string =>
  [`.SS ${heading(title)}`, ...parts].join("\n").replace(/^(.*\n)\.PP\n/, "$1");
export const paragraph = (plain: string): string => `.PP\n${prose(plain)}`;

const heading = (title: string): string => (/\s/.test(title) ? `"${text(title)}"` : text(title));

/** As it is, indented. */
export const verbatim = (plain: string): string =>
  `.PP\n.RS 4\n.nf\n${plain
    .trimEnd()
    .split("\n")
    .map((line) =>
      line === ""
        ? "\\&"
        : line
            .replaceAll("\\", "\\e")
            .replaceAll("-", "\\-")
            .replace(/^([.'])/, "\\&$1"),
    )
    .join("\n")}\n.fi\n.RE`;

/** A whole page; `date` is YYYY-MM-DD. */
export const page = (
  { name, number, date, version }: { name: string; number: number; date: string; version: string },
  what: string,
  ...sections: string[]
): string =>
  [
    `.TH ${name.toUpperCase()} ${number} ${date} "spaced ${version}"`,
    section("NAME", `${text(name)} \\- ${text(what)}`),
    ...sections,
    "",
  ].join("\n");

export const seeAlso = (...pages: readonly string[]): string =>
  section("SEE ALSO", pages.map((each) => each.replace(/^(.*)(\(.\))$/, ".BR $1 $2")).join(" ,\n"));
