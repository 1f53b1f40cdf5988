/**
 * How processes are named in commands: `name` (group and process of the same name), `group:name`,
 * `group:*` or `group:`. Everything else with `*`, `?` or `[…]` in it is a glob, which supervisorctl
 * does not have and would call an unknown name. Those characters may be part of a name as well: what is
 * called exactly so is what is meant.
 */

export interface Member {
  readonly group: string;
  readonly name: string;
}

/** `name` null: the whole group. */
export interface NameSpec {
  readonly group: string;
  readonly name: string | null;
}

export function displayName(member: Member): string {
  return member.group === member.name ? member.name : `${member.group}:${member.name}`;
}

export function parseName(text: string): NameSpec {
  const colon = text.indexOf(":");
  if (colon === -1) return { group: text, name: text };
  const name = text.slice(colon + 1);
  return { group: text.slice(0, colon), name: name === "" || name === "*" ? null : name };
}

/** In characters, as columns are counted, not in UTF-16 units. */
export const lengthOf = (text: string): number => [...text].length;
export const pad = (text: string, width: number): string => text + " ".repeat(Math.max(0, width - lengthOf(text)));

/** Whether a process is what a name as supervisorctl knows it means. */
export const isMeant = (spec: NameSpec, member: Member): boolean =>
  member.group === spec.group && (spec.name === null || member.name === spec.name);

/** Words of a command's argument. */
export const words = (argument: string): string[] => argument.split(/\s+/).filter((word) => word !== "");

/** Whether a word is a glob of ours rather than a name as supervisorctl knows it. */
export function isGlob(text: string): boolean {
  const { group, name } = parseName(text);
  return /[*?[]/.test(name === null ? group : text);
}

/**
 * The processes a glob means, in the order given; those that are called so, if there are any. Without a colon
 * it is matched against the process name and against the name as `status` shows it; with one, each side against its own.
 */
export function matching<T extends Member>(glob: string, members: readonly T[]): T[] {
  const spec = parseName(glob);
  const named = members.filter((member) => isMeant(spec, member));
  if (named.length > 0) return named;
  const { group, name } = spec;
  if (!glob.includes(":")) {
    const whole = globPattern(glob);
    return members.filter((member) => whole.test(member.name) || whole.test(displayName(member)));
  }
  const ofGroup = globPattern(group);
  const ofName = globPattern(name ?? "*");
  return members.filter((member) => ofGroup.test(member.group) && ofName.test(member.name));
}

/** glob(7) without paths: `*`, `?`, `[a-c]`, `[!x]`; an unclosed bracket stands for itself. */
function globPattern(glob: string): RegExp {
  let pattern = "";
  for (let at = 0; at < glob.length; at++) {
    const char = glob.charAt(at);
    if (char === "*") pattern += pattern.endsWith(".*") ? "" : ".*";
    else if (char === "?") pattern += ".";
    else if (char === "[") {
      const close = glob.indexOf("]", at + (glob[at + 1] === "!" ? 3 : 2));
      const set = close === -1 ? null : bracket(glob.slice(at + 1, close));
      if (set === null) pattern += "\\[";
      else {
        pattern += set;
        at = close;
      }
    } else pattern += char.replace(/[\\^$.+()\]{}|/]/, "\\$&");
  }
  return new RegExp(`^${pattern}$`, "su");
}

/** Null when it is no set at all, such as a range that goes backwards. */
function bracket(content: string): string | null {
  const negated = content.startsWith("!");
  const inner = (negated ? content.slice(1) : content).replace(/[\\\]^[]/g, "\\$&");
  const set = `[${negated ? "^" : ""}${inner}]`;
  try {
    new RegExp(set, "u");
    return set;
  } catch {
    return null;
  }
}
