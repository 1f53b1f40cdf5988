/**
 * The team's own commands, for people and for the list:
 *
 *   orbit db-push                  makes the tables, over DIRECT_URL
 *   orbit trigger PIPELINE [N]     adds N runs
 *   orbit check-interrupted        names runs whose workers are silent; exit code 1 when there are some
 *   orbit recover --auto-resume    puts them back
 *   orbit resume ID                puts one back, failed ones too
 */
import { openRuns } from "./runs.js";

const [command, ...words] = process.argv.slice(2);
const { DATABASE_URL, DIRECT_URL } = process.env;
const runs = openRuns(command === "db-push" ? DIRECT_URL : DATABASE_URL);
try {
  process.exitCode = await obey();
} catch (error) {
  process.stderr.write(`orbit ${command}: ${error.message || error.code}\n`);
  process.exitCode = 1;
} finally {
  await runs.close();
}

async function obey() {
  switch (command) {
    case "db-push":
      await runs.push();
      say("the tables are there");
      return 0;
    case "trigger":
      say(`${(await runs.trigger(words[0], {}, Number(words[1] ?? 1))).length} runs added`);
      return 0;
    case "check-interrupted": {
      const found = await runs.interrupted();
      for (const { id, pipeline, worker } of found) say(`run ${id} (${pipeline}) of ${worker} is interrupted`);
      return found.length === 0 ? 0 : 1;
    }
    case "recover": {
      if (!words.includes("--auto-resume")) throw new Error("say --auto-resume to put them back");
      const found = await runs.recoverSilent();
      for (const { id, status } of found) say(`run ${id} was interrupted: ${status}`);
      say(`${found.length} runs recovered`);
      return 0;
    }
    case "resume": {
      const [run] = await runs.resume(Number(words[0]));
      if (run === undefined) throw new Error(`there is no run ${words[0]} to be resumed`);
      say(`run ${run.id} is pending`);
      return 0;
    }
    default:
      say("usage: orbit db-push | trigger PIPELINE [N] | check-interrupted | recover --auto-resume | resume ID");
      return 2;
  }
}

function say(line) {
  process.stdout.write(`${line}\n`);
}
