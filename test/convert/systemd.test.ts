import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Instances, importSystemd } from "../../src/convert/systemd.ts";
import { yamlText } from "../../src/convert/yaml-text.ts";
import type { ProcessSettings } from "../../src/core/program.ts";
import { complaints, config } from "../config/files.ts";

const units = join(import.meta.dirname, "../fixtures/import/units");
const file = (name: string) => ({ name, text: readFileSync(join(units, name), "utf8") });
const nothing = (): boolean => false;
const unit = (lines: string, name = "u.service") => ({ name, text: `[Service]\n${lines}\n` });

async function processes(
  files: readonly { name: string; text: string }[],
  instances: Instances | null = null,
): Promise<readonly ProcessSettings[]> {
  const text = yamlText(importSystemd(files, instances, nothing));
  expect(await complaints("units.yaml", text)).toEqual([]);
  return (await config("units.yaml", text)).groups.flatMap((group) => group.processes);
}

async function one(lines: string): Promise<ProcessSettings> {
  const [process] = await processes([unit(lines)]);
  if (process === undefined) throw new Error("no process");
  return process;
}

const textOf = (lines: string): string => yamlText(importSystemd([unit(lines)], null, nothing));

describe("a unit of systemd", () => {
  test("of the job workers becomes four copies with their limits and pace", async () => {
    const name = "space-worker-execute-job@.service";
    const copies = await processes([file(name)], { from: 1, to: 4 });
    expect(copies.map((copy) => copy.name)).toEqual([1, 2, 3, 4].map((n) => `space-worker-execute-job@${n}`));
    expect(copies[0]).toMatchObject({
      command:
        "/usr/bin/php /opt/space/appliance/bin/console messenger:consume execute_job --time-limit=3600 --memory-limit=512M",
      directory: "/opt/space/appliance",
      autorestart: "always",
      stopWaitSeconds: 90,
      stopAsGroup: true,
    });
    expect(copies[0]?.care.kernel.rlimits).toMatchObject([
      { name: "nofile", soft: 65536 },
      { name: "nproc", soft: 4096 },
    ]);
    const text = yamlText(importSystemd([file(name)], null, nothing));
    expect(text).toContain("not carried over: PrivateTmp, NoNewPrivileges");
    expect(text).toContain("After=rabbitmq-server.service");
    expect(text).toContain("is a template: --instances 1..4 makes four");
  });

  test("has its words, escapes and variables as systemd cuts them", async () => {
    expect((await one('ExecStart=/bin/a "b c" d\\x20e \\\n  $$x 50%%')).command).toBe("/bin/a 'b c' 'd e' '$x' 50%");
    expect((await one(`ExecStart=/bin/a \${B} $C`)).command).toBe(`/bin/sh -c 'exec /bin/a "\${B}" $C'`);
    expect((await one("ExecStart=:/bin/a $C")).command).toBe("/bin/a '$C'");
    expect((await one("ExecStart=@/bin/a name -x")).command).toBe("/bin/a -x");
    expect((await one("ExecStart=-/bin/a")).exitCodes).toHaveLength(256);
    expect((await one("User=nobody\nExecStart=/bin/a %n %p %u %t")).command).toBe("/bin/a u.service u nobody /run");
  });

  test("has its variables and files of them", async () => {
    const { environment } = await one('Environment="A=b c" D=e\nEnvironment=F="g %% h"\nExecStart=/bin/a');
    expect(environment).toEqual({ A: "b c", D: "e", F: "g % h" });
    expect(textOf("EnvironmentFile=-/no/such\nExecStart=/bin/a")).toContain("# not carried over, for it is not there");
  });

  test("is restarted, given up and stopped as systemd would", async () => {
    expect(await one("ExecStart=/bin/a")).toMatchObject({ autorestart: "never", startSeconds: 0 });
    const process = await one(
      "Restart=on-failure\nRestartSec=1min 30s\nSuccessExitStatus=3 SIGUSR1\nKillSignal=SIGINT\nTimeoutStopSec=5\nKillMode=process\nExecStart=/bin/a",
    );
    expect(process).toMatchObject({ autorestart: "unexpected", exitCodes: [0, 3], stopSignal: 2, stopWaitSeconds: 5 });
    expect(process).toMatchObject({ stopAsGroup: false, killAsGroup: false });
    expect(process.care).toMatchObject({ orphans: "keep" });
    expect(JSON.stringify(process.care)).toContain('"exits":5,"withinMs":10000');
    expect(JSON.stringify(process.care)).toContain("90000");
  });

  test("comes after the others among the files, as a oneshot when that is done", async () => {
    const read = await processes([file("worker@.service"), file("broker-migrate.service")], { from: 1, to: 2 });
    const [migrate, first, second] = read;
    expect(read.map(({ name }) => name)).toEqual(["broker-migrate", "worker@1", "worker@2"]);
    expect(first?.care.dependsOn).toMatchObject([{ on: "broker-migrate", condition: "completed" }]);
    expect(migrate?.care.type).toBe("oneshot");
    expect(migrate?.command).toBe("/bin/sh -c '/bin/echo one && { /bin/false || :; } && /bin/echo two words'");
    expect(second?.environment.WORKER_ID).toBe("worker-2");
  });

  test("has instances with names in a group", async () => {
    const read = await processes([unit("ExecStart=/bin/a %i", "w@.service")], ["red", "blue"]);
    expect(read.map(({ name, command }) => `${name} ${command}`)).toEqual(["w@red /bin/a red", "w@blue /bin/a blue"]);
  });

  test("is told what has no meaning here: forking, notify, reload, sandboxes", () => {
    const text = textOf(
      "Type=forking\nPIDFile=/run/x.pid\nExecReload=/bin/kill -HUP $MAINPID\nWatchdogSec=5\nExecStart=/bin/a\nProtectHome=yes",
    );
    expect(text).toContain("# Type=forking is not carried over");
    expect(text).toContain("pidproxy /run/x.pid");
    expect(text).toContain("# not carried over: ExecReload=/bin/kill -HUP $MAINPID");
    expect(text).toContain("# not carried over: WatchdogSec");
    expect(text).toContain("# not carried over: ProtectHome");
    expect(textOf("Type=notify\nExecStart=/bin/a")).toContain("READY=1 reaches nobody");
    expect(() => importSystemd([{ name: "x.service", text: "[Unit]\n" }], null, nothing)).toThrow(
      "no section [Service]",
    );
  });
});
