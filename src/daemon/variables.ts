/**
 * Variables that a program list does not hold but points to: `env_file` and `secrets`. Read again at each
 * start, so that a restart takes new values, and as the daemon's user, so that root's files can be given to a
 * program that may not read them. Nothing here puts a value, or a line that may hold one, into a message.
 *
 * What is set in several places is taken from the last of: the daemon's own environment, `environment` of
 * [supervisord], the env files in their order, `environment` of the program, its secrets.
 */
import type { CareSettings, Secret } from "../core/care.ts";
import { EnvFileError, parseEnvFile, type Variables } from "../core/env-file.ts";
import { size } from "../core/quantity.ts";
import { readSmallFile } from "../system/small-file.ts";

const limitBytes = 1024 * 1024;
/** execve(2): of one string, `NAME=value` and a NUL. */
const stringBytes = 128 * 1024;

/**
 * @param own names that the program sets itself, which env files do not change
 * @throws Error `cannot read env_file /etc/app.env: …`, `/etc/app.env:3: …`
 */
export async function readVariables(
  { envFiles, secrets }: Pick<CareSettings, "envFiles" | "secrets">,
  own: ReadonlySet<string>,
): Promise<Readonly<Record<string, string>>> {
  const read: Record<string, string> = {};
  for (const path of envFiles) {
    for (const [name, value] of await readEnvFile(path)) {
      if (own.has(name)) continue;
      read[name] = fitting(name, value, path);
    }
  }
  for (const secret of secrets) read[secret.name] = await readSecret(secret);
  return read;
}

async function readEnvFile(path: string): Promise<Variables> {
  const text = await readSmallFile(path, limitBytes);
  try {
    return parseEnvFile(text);
  } catch (error) {
    if (!(error instanceof EnvFileError)) throw error;
    throw new Error(`${path}:${error.line}: ${error.message}`, { cause: error });
  }
}

async function readSecret({ name, path }: Secret): Promise<string> {
  const text = await readSmallFile(path, limitBytes);
  if (text.includes("\0")) throw new Error(`cannot take secret ${name} from ${path}: it holds a NUL byte`);
  return fitting(name, text.replace(/\r?\n$/, ""), path);
}

function fitting(name: string, value: string, path: string): string {
  const bytes = Buffer.byteLength(name) + Buffer.byteLength(value) + 2;
  if (bytes <= stringBytes) return value;
  throw new Error(`cannot take ${name} from ${path}: a variable holds at most ${size(stringBytes)}`);
}
