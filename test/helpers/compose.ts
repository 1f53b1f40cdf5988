/** What a compose file of ours says of its service `app`: as options of podman-run(1), and as a file that podman can take. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { root } from "./daemon.ts";

interface Service {
  readonly environment?: Readonly<Record<string, string>>;
  readonly stop_grace_period: string;
  readonly read_only: boolean;
  readonly tmpfs: readonly string[];
  readonly user: string;
  readonly cap_drop: readonly string[];
  readonly cap_add?: readonly string[];
  readonly security_opt: readonly string[];
  readonly mem_limit: string;
  readonly cpus: number;
  readonly pids_limit: number;
}

/** `environment` takes the place of the file's. */
export function composeOptions(example: string, environment: Readonly<Record<string, string>> = {}): string[] {
  const service = serviceOf(example);
  const each = (option: string, values: readonly string[] = []) => values.map((value) => `${option}=${value}`);
  return [
    ...each(
      "--env",
      Object.entries({ ...service.environment, ...environment }).map(([name, value]) => `${name}=${value}`),
    ),
    `--stop-timeout=${Number.parseInt(service.stop_grace_period, 10)}`,
    `--read-only=${service.read_only}`,
    ...each("--tmpfs", service.tmpfs),
    `--user=${service.user}`,
    ...each("--cap-drop", service.cap_drop),
    ...each("--cap-add", service.cap_add),
    ...each("--security-opt", service.security_opt),
    `--memory=${service.mem_limit}`,
    `--cpus=${service.cpus}`,
    `--pids-limit=${service.pids_limit}`,
  ];
}

/** The file with this service alone, of an image that is there, in the network that it is started in: without a bridge. */
export function composeFile(example: string, image: string, environment: Readonly<Record<string, string>>): string {
  const { build, depends_on, ports, ...service } = serviceOf(example) as Service & Record<string, unknown>;
  return stringify({ services: { app: { ...service, image, environment, network_mode: "host" } } });
}

function serviceOf(example: string): Service {
  const text = readFileSync(join(root, "docker/examples", example, "compose.yaml"), "utf8");
  return (parse(text) as { services: { app: Service } }).services.app;
}
