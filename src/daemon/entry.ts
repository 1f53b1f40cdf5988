/**
 * The first thing that runs: catches the daemon's signals, and only then loads everything else.
 */
import { catchSignals } from "./signals.ts";

const signals = catchSignals();
void Promise.all([import("./main.ts"), import("../system/leave.ts")]).then(async ([{ main }, { leave }]) =>
  leave(await main(process.argv.slice(2), signals)),
);
