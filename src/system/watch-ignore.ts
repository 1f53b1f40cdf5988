/**
 * What a watched folder holds that is not worth a restart, whoever asks for it: history of version control,
 * installed packages, caches, and the files that editors write beside the one that is edited. A path that
 * `watch` names itself counts even so.
 */
import { nameExpression, pathMatcher } from "../core/glob.ts";

/** As docs/watch.md lists them. */
const always = [
  ".git",
  ".hg",
  ".svn",
  "node_modules",
  "vendor",
  "__pycache__",
  ".DS_Store",
  "*~",
  ".#*",
  "#*#",
  "*.sw[px]",
  "4913",
  "*___jb_tmp___",
  "*___jb_old___",
];

/**
 * Whether a path below `root` does not count. Globs without a slash are held against each name below the root,
 * those with one against the path from the root on, or against the whole path where they begin with one.
 */
export function ignores(globs: readonly string[]): (path: string, root: string) => boolean {
  const isPath = (glob: string) => glob.replace(/\/+$/, "").includes("/");
  const names = [...always, ...globs.filter((glob) => !isPath(glob))].map((glob) =>
    nameExpression(glob.replace(/\/+$/, "")),
  );
  const paths = globs.filter(isPath).map((glob) => ({ whole: glob.startsWith("/"), matches: pathMatcher(glob) }));
  return (path, root) => {
    if (!path.startsWith(root === "/" ? root : `${root}/`)) return false;
    const below = path.slice(root.length).split("/").filter(Boolean);
    if (below.some((name) => names.some((expression) => expression.test(name)))) return true;
    return paths.some(({ whole, matches }) => matches(whole ? path.split("/").filter(Boolean) : below));
  };
}
