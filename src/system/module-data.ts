/**
 * What a file of JavaScript exports, as JSON: for program lists that are programs themselves. It is run in a process
 * of its own, which is given the text of `tellModule` or, in the single executable, has the function itself.
 */

/** Before the answer on standard output: the file may print whatever it likes. */
export const dataMark = "\u001espaced-data\u001e";

/** `words`: the path of the file, `dataMark`. It may not mention anything outside of itself. */
export function tellModule([file = "", mark = ""]: readonly string[]): void {
  const { Script, constants } = process.getBuiltinModule("node:vm");
  const { writeSync } = process.getBuiltinModule("node:fs");
  const { pathToFileURL } = process.getBuiltinModule("node:url");
  // As text: code of ours is bundled, where `import()` is none.
  const load = new Script("(url) => import(url)", {
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  }).runInThisContext();
  const told = async () => {
    const read = await load(pathToFileURL(file).href);
    const value = await (read.default ?? read);
    const data = typeof value === "function" ? await value() : value;
    // What JSON has no form for (Infinity, 10n) is told as text.
    const plain = (_: string, each: unknown) =>
      typeof each === "bigint" || each === Number.POSITIVE_INFINITY ? String(each) : each;
    writeSync(1, mark + (JSON.stringify(data, plain) ?? "null"));
    process.exit(0);
  };
  told().catch((error) => {
    const text = String(error?.stack ?? error);
    writeSync(2, text.split("\n").find((line) => /Error/.test(line)) ?? String(error));
    process.exit(1);
  });
}
