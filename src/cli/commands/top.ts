/**
 * `top`: the whole screen. Here is what has to be so before it is taken: a terminal, a daemon that tells what is to
 * be shown, settings that make sense. All else is in `src/tui`, which is loaded meanwhile.
 */
import { existsSync } from "node:fs";
import { RemoteFault } from "../../client/failures.ts";
import { asOverview, type RemoteOverview } from "../../client/overview.ts";
import { didYouMean } from "../../config/nearest.ts";
import { readScreen, type ScreenSettings, screenFile, usualScreen } from "../../config/screen.ts";
import { faultCodes } from "../../core/faults.ts";
import { readSmallFile } from "../../system/small-file.ts";
import { exitStatus, type Session } from "../session.ts";
import { tellUntold, upcheck } from "../upcheck.ts";

const instead = "use status, tail -f or status --json instead";
const settingsLimitBytes = 256 * 1024;

export async function run(session: Session, argument: string): Promise<undefined> {
  if (argument !== "") return refuse(session, "top takes no arguments");
  const trouble = whyNot();
  if (trouble !== null) return refuse(session, `${trouble}; ${instead}`);
  const screen = import("../../tui/main.ts");
  // Whoever is told that there is no daemon does not wait for the screen, and does not hear of its troubles.
  screen.catch(() => {});
  if (!(await upcheck(session))) return;
  const overview = await firstOverview(session);
  if (overview === null) return;
  const { themeNames, complaintsOf, commandIds, knowsOnlyAscii, top } = await screen;
  const file = screenFile(process.env);
  let settings: ScreenSettings;
  try {
    settings = existsSync(file) ? await readScreen(await readSmallFile(file, settingsLimitBytes)) : usualScreen;
    const [complaint] = complaintsOf(settings.keys);
    if (complaint !== undefined) {
      const meant = didYouMean(complaint.word, commandIds);
      throw new Error(`${complaint.text}${meant === null ? "" : `; ${meant}?`}`);
    }
    if (settings.theme !== null && !themeNames.some((name) => name === settings.theme))
      throw new Error(`there is no theme ${settings.theme}; there are ${themeNames.join(", ")}`);
  } catch (error) {
    return refuse(session, `cannot use ${file}: ${(error as Error).message.split("\n", 1)[0]}`);
  }
  session.disconnect();
  session.status = await top({
    serverUrl: session.serverUrl,
    login: session.login,
    overview,
    environment: process.env,
    theme: settings.theme,
    keys: settings.keys,
    mouse: settings.mouse,
    ascii: settings.ascii ?? knowsOnlyAscii(process.env),
  });
}

function refuse(session: Session, text: string): undefined {
  session.out.errorLine(`error: ${text}`);
  session.status = exitStatus.invalidArguments;
}

/** In which terminal nothing can be drawn. */
function whyNot(): string | null {
  if (process.stdout.isTTY !== true) return "top draws on a terminal, and the output is none";
  if (process.stdin.isTTY !== true) return "top is driven by keys, and the input is no terminal";
  const { TERM = "" } = process.env;
  return TERM === "" || TERM === "dumb" || TERM === "unknown"
    ? `top cannot draw on this terminal (TERM=${TERM || "is not set"})`
    : null;
}

/** null, and the user told so, when the daemon is one that does not tell. */
async function firstOverview(session: Session): Promise<RemoteOverview | null> {
  try {
    return asOverview(await session.client.call("spaced.overview"));
  } catch (error) {
    if (!(error instanceof RemoteFault) || error.code !== faultCodes.UNKNOWN_METHOD) throw error;
    await tellUntold(session);
    return null;
  }
}
