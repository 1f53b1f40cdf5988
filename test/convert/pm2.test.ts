import { describe, expect, test } from "vitest";
import type { Facts } from "../../src/convert/draft.ts";
import { importPm2 } from "../../src/convert/pm2.ts";
import { yamlText } from "../../src/convert/yaml-text.ts";
import type { ProcessSettings } from "../../src/core/program.ts";
import { complaints, config, folder } from "../config/files.ts";

const facts: Facts = { processors: 4, exists: () => true };
const imported = (data: unknown, env: string | null = null): string => yamlText(importPm2(data, { env }, facts));

async function processes(data: unknown, env: string | null = null): Promise<readonly ProcessSettings[]> {
  const text = imported(data, env);
  expect(await complaints("pm2.yaml", text)).toEqual([]);
  return (await config("pm2.yaml", text)).groups.flatMap((group) => group.processes);
}

async function one(app: Record<string, unknown>): Promise<ProcessSettings> {
  const [process] = await processes({ apps: [{ name: "a", script: "./app.js", ...app }] });
  if (process === undefined) throw new Error("no process");
  return process;
}

const notes = (app: Record<string, unknown>): string => imported({ apps: [{ name: "a", script: "./app.js", ...app }] });

describe("an app of PM2", () => {
  test("is run by the interpreter that PM2 would take", async () => {
    const commands: (readonly [Record<string, unknown>, string])[] = [
      [{ script: "./app.js" }, "node ./app.js"],
      [{ script: "node_modules/next/dist/bin/next", args: "start" }, "node node_modules/next/dist/bin/next start"],
      [{ script: "job.py", args: ["--name", "two words"] }, "python3 job.py --name 'two words'"],
      [{ script: "npm", args: "run start" }, "npm run start"],
      [{ script: "/opt/bin/tool", exec_interpreter: "none" }, "/opt/bin/tool"],
      [
        { script: "a.js", node_args: "--max-old-space-size=400 -r x", args: "100%" },
        "node --max-old-space-size=400 -r x a.js 100%",
      ],
      [{ script: "a.ts", interpreter: "bun", interpreter_args: ["run"] }, "bun run a.ts"],
      [{ script: "a.js", source_map_support: true }, "node --enable-source-maps a.js"],
      [{ script: "python -m http.server 80" }, "python -m http.server 80"],
    ];
    for (const [app, command] of commands) expect((await one(app)).command).toBe(command);
  });

  test("has a program of its own found in its folder, wherever the daemon is started", async () => {
    const command = async (app: Record<string, unknown>) => (await one(app)).command.replace(`${folder}/`, "HERE/");
    expect(await command({ script: "./bin/tool", interpreter: "none" })).toBe("HERE/bin/tool");
    expect(await command({ script: "a.py", interpreter: "./venv/bin/python" })).toBe("HERE/venv/bin/python a.py");
    expect(await command({ script: "../tool.x", interpreter: "none", cwd: "app" })).toBe("HERE/app/../tool.x");
    expect(await command({ script: "bin/x", interpreter: "none", cwd: "/srv" })).toBe("/srv/bin/x");
  });

  test("that is a file without an ending says that PM2 would have looked into it", () => {
    const told = "./bin/tool is run by node, as by PM2 if it is no binary; for one, leave the node out";
    expect(notes({ script: "./bin/tool" })).toContain(told);
    for (const app of [
      {},
      { script: "npm" },
      { script: "node_modules/.bin/vite" },
      { script: "./bin/tool", interpreter: "none" },
    ])
      expect(notes(app)).not.toContain("binary");
  });

  test("may be restarted without end", async () => {
    expect((await one({ max_restarts: "Infinity" })).startRetries).toBe(2 ** 31 - 1);
  });

  test("keeps PM2's manners where nothing is said: 16 short runs, SIGINT to the tree, 2 seconds", async () => {
    expect(await one({})).toMatchObject({
      autorestart: "always",
      startSeconds: 1,
      startRetries: 16,
      stopSignal: 2,
      stopWaitSeconds: 2,
      stopAsGroup: true,
    });
  });

  test("has its restarts, limits, schedule and watch", async () => {
    const process = await one({
      max_memory_restart: "1.5G",
      min_uptime: "10s",
      max_restarts: 5,
      exp_backoff_restart_delay: 100,
      cron_restart: "0 3 * * *",
      watch: ["src", "config"],
      ignore_watch: ["*.log"],
      watch_delay: 1000,
      kill_timeout: 8000,
      stop_exit_codes: [0, 7],
      treekill: false,
    });
    expect(process).toMatchObject({ startSeconds: 10, startRetries: 5, stopWaitSeconds: 8, exitCodes: [0, 7] });
    expect(process).toMatchObject({ autorestart: "unexpected", stopAsGroup: false });
    expect(process.care.memory).toMatchObject({ limitBytes: 1.5 * 1024 ** 3 });
    expect(JSON.stringify(process.care)).toContain("0 3 * * *");
    expect(JSON.stringify(process.care)).toContain("*.log");
  });

  test("has the variables of env, and of env_NAME over them when that is asked for", async () => {
    const app = { name: "a", script: "a.js", env: { A: "1", B: "50%" }, env_production: { A: 2, C: { d: true } } };
    expect((await processes([app]))[0]?.environment).toEqual({ A: "1", B: "50%" });
    expect((await processes([app], "production"))[0]?.environment).toEqual({ A: "2", B: "50%", C: '{"d":true}' });
    expect(imported([app])).toContain("# env_production is not carried over: import with --env production");
  });

  test("has its copies, numbered, with ports that count up and logs of their own", async () => {
    const copies = await processes([
      { name: "a", script: "a.js", instances: 2, increment_var: "PORT", env: { PORT: 3000 }, out_file: "/tmp/o.log" },
    ]);
    expect(copies.map(({ name }) => name)).toEqual(["a_0", "a_1"]);
    expect(copies[1]?.command).toContain("export PORT=$((3000 + 1))");
    expect(copies[1]?.environment).toEqual({ NODE_APP_INSTANCE: "1" });
    expect(copies[1]?.stdout).toMatchObject({ log: { path: "/tmp/o-1.log" } });
    expect(await processes([{ name: "a", script: "a.js", instances: "max" }])).toHaveLength(4);
    expect(await processes([{ name: "a", script: "a.js", instances: -1 }])).toHaveLength(3);
    expect(notes({ instances: "max" })).toContain("instances: max is 4 here");
    expect(notes({ instances: 2, exec_mode: "cluster" })).toContain("cluster mode is not carried over");
  });

  test("has its lines stamped for time and log_date_format", async () => {
    expect(JSON.stringify(await one({ time: true }))).toContain('"text"');
    expect(notes({ log_date_format: "HH:mm" })).toContain("# the form of log_date_format is not carried over");
  });

  test("is in a group for its namespace", async () => {
    const text = imported([
      { name: "a", script: "a.js", namespace: "front" },
      { name: "b", script: "b.js", namespace: "front" },
    ]);
    expect((await config("groups.yaml", text)).groups.map(({ name }) => name)).toEqual(["front"]);
  });

  test("is told what cannot be carried over, and never the value of what nobody knows", () => {
    const text = notes({ wait_ready: true, shutdown_with_message: true, gid: "x", vizion: false, token: "s3cret" });
    expect(text).toContain("# wait_ready is not carried over");
    expect(text).toContain("# shutdown_with_message is not carried over");
    expect(text).toContain("# not carried over: gid: x");
    expect(text).toContain("# not carried over: vizion: false");
    expect(text).toContain("# not carried over: token\n");
    expect(text).not.toContain("s3cret");
  });

  test("cannot break out of a comment or a name", async () => {
    const app = { name: 'x: "\n  y', script: "a.js", gid: "1\nprograms: {}", env: { "A\nB": 'c"\n' } };
    const [process] = await processes([app]);
    expect(process?.environment).toEqual({ "A\nB": 'c"\n' });
  });
});
