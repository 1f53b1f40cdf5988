/** One word of a command for a shell-like splitter. */
export function shellQuoted(word: string): string {
  return /^[\w@%+=:,./()-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`;
}
