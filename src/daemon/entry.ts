/**
 * The first thing that runs: catches the daemon's signals, and only then loads everything else.
 */
import { catchSignals } from "./signals.ts";

const signals = catchSignals();
void import("./main.ts").then(async ({ main }) => process.exit(await main(process.argv.slice(2), signals)));
