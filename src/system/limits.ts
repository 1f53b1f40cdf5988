/** The daemon's own resource limits: enough descriptors and processes for what it has been told to run. */
import { resourceLimit, resources, SystemError } from "./libc.ts";

interface Wanted {
  readonly minFds: number;
  readonly minProcs: number;
}

/**
 * Raises soft limits that are below what is wanted, and hard ones where we may. `softFiles` is the soft limit of open
 * files that we were started with. Returns the lines for the main log; throws an Error that says what cannot be had.
 */
export function raiseLimits({ minFds, minProcs }: Wanted, softFiles: string): string[] {
  const raised = raise("RLIMIT_NOFILE", minFds, "file descriptors", "minfds");
  return [
    // Where everything that may be had has been taken already, it is told as the reference tells it.
    ...(raised.length === 0 && Number(softFiles) < minFds ? [increased("RLIMIT_NOFILE", minFds)] : raised),
    ...raise("RLIMIT_NPROC", minProcs, "processes", "minprocs"),
  ];
}

function raise(name: keyof typeof resources, wanted: number, noun: string, option: string): string[] {
  const { soft, hard } = resourceLimit(0, resources[name]);
  if (soft === -1 || soft >= wanted) return [];
  const raised = hard !== -1 && hard < wanted ? wanted : hard;
  try {
    resourceLimit(0, resources[name], { soft: wanted, hard: raised });
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    throw new Error(
      `${option} asks for ${wanted} ${noun}, but at most ${hard} are allowed here: raise the limit of the container or lower ${option}`,
      { cause: error },
    );
  }
  return [increased(name, wanted)];
}

const increased = (name: string, wanted: number): string => `Increased ${name} limit to ${wanted}`;

/**
 * Takes as many descriptors as we may have, as Node does by itself where it has not been kept from it, and returns the
 * soft limit there was.
 */
export function takeAllDescriptors(): number {
  const { soft, hard } = resourceLimit(0, resources.RLIMIT_NOFILE);
  if (soft !== hard) resourceLimit(0, resources.RLIMIT_NOFILE, { soft: hard, hard });
  return soft;
}

/**
 * The soft descriptor limit that children should start with. Node raises its own to the hard limit as
 * it starts; programs that close every possible descriptor would crawl if they inherited that. The
 * launcher passes on what it was before; in the single executable Node does not raise it (scripts/binary.ts).
 */
export function childDescriptorLimit(launchedWith: string | undefined, minFds: number): number | null {
  const before = Number(launchedWith);
  if (!Number.isInteger(before) || before <= 0) return null;
  const { soft } = resourceLimit(0, resources.RLIMIT_NOFILE);
  const limit = Math.max(before, minFds);
  return soft === -1 || limit < soft ? limit : null;
}
