/** Runs the reference's own reader of program lists, the oracle of the differential tests. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

export interface ReferenceCase {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** What `test/fixtures/reference-config.py` prints per case. */
export type ReferenceAnswer = { readonly error: string } | ReferenceSettings;

export interface ReferenceSettings {
  readonly daemon: Readonly<Record<string, unknown>>;
  readonly servers: readonly unknown[];
  readonly rpcInterfaces: readonly string[];
  readonly groups: readonly unknown[];
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
}

const program = fileURLToPath(new URL("../fixtures/reference-config.py", import.meta.url));

export function askReference(cases: readonly ReferenceCase[]): ReferenceAnswer[] {
  let output: string;
  try {
    output = execFileSync("/usr/bin/python3", ["-I", "-X", "utf8", program], {
      input: JSON.stringify(cases),
      encoding: "utf8",
      maxBuffer: 1 << 28,
      timeout: 60_000,
    });
  } catch (error) {
    throw new Error("these tests compare with supervisor 4.2.5: apt-get install supervisor", { cause: error });
  }
  return output
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}
