/**
 * Asks the registry what is known against the libraries of every lock file of the project. Any advisory, of whatever
 * severity and for tools of the development too, is a failure; a registry that cannot be asked is none, and is told
 * apart by its exit status, as silence must not be taken for "nothing found".
 *
 *   npm run audit      0 nothing is known   1 something is   69 the registry gives no answer (EX_UNAVAILABLE of sysexits.h)
 */
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";

const root = dirname(import.meta.dirname);
/** Folders with a package-lock.json. */
const lockFiles = [".", "conf.d/orbit"];

/** What of `npm audit --json` is read, with npm 10 and 11; an advisory that comes by way of another library is only named. */
interface Report {
  readonly message?: string;
  readonly vulnerabilities?: Readonly<Record<string, { readonly via: readonly (string | Advisory)[] }>>;
}

interface Advisory {
  readonly name: string;
  readonly title: string;
  readonly severity: string;
  readonly range: string;
  readonly url: string;
}

let status = 0;
for (const folder of lockFiles) {
  const { stdout } = spawnSync("npm", ["audit", "--json", "--package-lock-only"], {
    cwd: join(root, folder),
    encoding: "utf8",
    timeout: 60_000,
  });
  const { message, vulnerabilities } = parsed(stdout);
  if (vulnerabilities === undefined) {
    console.error(`${folder}: the registry cannot be asked, nothing is checked: ${message ?? "npm gave no answer"}`);
    status ||= 69;
    continue;
  }
  const advisories = Object.values(vulnerabilities).flatMap(({ via }) =>
    via.filter((cause) => typeof cause !== "string"),
  );
  for (const { name, range, severity, title, url } of advisories) {
    console.error(`${folder}: ${name} ${range}: ${severity}: ${title} (${url})`);
  }
  if (advisories.length > 0) status = 1;
  else console.log(`${folder}: nothing is known against its libraries`);
}
process.exitCode = status;

function parsed(text: string): Report {
  try {
    return JSON.parse(text) as Report;
  } catch {
    return {};
  }
}
