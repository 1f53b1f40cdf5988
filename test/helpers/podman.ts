/**
 * Containers by Debian's podman and buildah, with storage and settings of the test's own in one folder: nothing is
 * pulled, no bridge or other network of the machine is touched, and nothing is left. The base of all images is made by
 * mmdebstrap, as debian:bookworm-slim is.
 *
 * Where containers cannot be run at all, `openPodman` fails and says why: which images work is not to be left open.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Finished, root, run } from "./daemon.ts";
import { commandLine } from "./processes.ts";
import { until } from "./until.ts";

/** The name of the base image. */
export const base = "localhost/debian:bookworm-slim";

export interface BuildOptions {
  /** Folder of the build's files, relative to the project; default: the project. */
  readonly context?: string;
  /** Below the context; default: Dockerfile. */
  readonly file?: string;
  readonly args?: Readonly<Record<string, string>>;
  /** Images that stand for stages of the Dockerfile. */
  readonly stages?: Readonly<Record<string, string>>;
  readonly target?: string;
}

/** The first kind of storage that containers can be run from; the fast one does not work on every file system. */
export async function openPodman(): Promise<Podman> {
  const troubles: string[] = [];
  const folder = mkdtempSync(join(tmpdir(), "spaced-images-"));
  try {
    const tar = join(folder, "base.tar");
    checked(await run(["mmdebstrap", ...baseOptions, "bookworm", tar], { limitMs: 300_000 }), "mmdebstrap");
    for (const driver of ["overlay", "vfs"]) {
      const podman = new Podman(folder, driver);
      try {
        await podman.command("import", "--quiet", tar, base);
        await podman.command("run", "--rm", "--network=none", base, "true");
        rmSync(tar);
        return podman;
      } catch (error) {
        troubles.push(`with ${driver}: ${(error as Error).message}`);
        await podman.close(false);
      }
    }
  } catch (error) {
    troubles.push((error as Error).message);
  }
  rmSync(folder, { recursive: true, force: true });
  throw new Error(
    `containers cannot be run here, so no image can be verified. It takes root, cgroups that can be written, and the Debian packages podman, buildah, runc, catatonit and mmdebstrap.\n${troubles.join("\n")}`,
  );
}

/** As debian:bookworm-slim is made: without documentation, and without a sync(2) after each file. */
const baseOptions = [
  "--quiet",
  "--variant=minbase",
  '--aptopt=Acquire::Languages "none"',
  ...["doc", "man", "locale", "info"].map((each) => `--dpkgopt=path-exclude=/usr/share/${each}/*`),
  "--dpkgopt=force-unsafe-io",
];

export class Podman {
  readonly folder: string;
  readonly #storage: string;
  readonly #env: NodeJS.ProcessEnv;
  /** Of the containers' control groups. */
  readonly #parent: string;

  constructor(folder: string, driver: string) {
    this.folder = folder;
    this.#storage = join(folder, driver);
    this.#parent = `/spaced-images-${process.pid}`;
    mkdirSync(this.#storage);
    const [storageFile, settingsFile] = [join(this.#storage, "storage.conf"), join(this.#storage, "containers.conf")];
    writeFileSync(
      storageFile,
      `[storage]\ndriver = "${driver}"\ngraphroot = "${this.#storage}/graph"\nrunroot = "${this.#storage}/run"\n`,
    );
    writeFileSync(settingsFile, settings(this.#storage));
    this.#env = {
      ...process.env,
      CONTAINERS_STORAGE_CONF: storageFile,
      CONTAINERS_CONF: settingsFile,
      TMPDIR: this.#storage,
    };
  }

  /** Runs `podman WORDS…` to its end; fails with what it has said. */
  async command(...words: string[]): Promise<string> {
    return checked(await this.run(...words), `podman ${words[0]}`).stdout;
  }

  /** The same for a command that may fail. */
  async run(...words: string[]): Promise<Finished> {
    const { code, stdout, stderr } = await run(["podman", ...words], { env: this.#env });
    // For want of systemd it has no timers: that is told with each container that has a health check.
    return { code, stdout, stderr: stderr.replace(/^time=.*systemd connection.*\n/gm, "") };
  }

  /** Builds an image in Docker's format: OCI's knows no health checks. */
  async build(tag: string, { context = ".", file = "Dockerfile", args, stages, target }: BuildOptions): Promise<void> {
    const folder = resolve(root, context);
    const words = [
      ...Object.entries(args ?? {}).map(([name, value]) => `--build-arg=${name}=${value}`),
      ...Object.entries(stages ?? {}).map(([name, image]) => `--build-context=${name}=container-image://${image}`),
      ...(target === undefined ? [] : [`--target=${target}`]),
    ];
    const how = ["--quiet", "--format=docker", "--isolation=chroot", "--network=host", "--layers=false"];
    const command = ["buildah", "bud", ...how, ...words, `--tag=${tag}`, `--file=${join(folder, file)}`, folder];
    checked(await run(command, { env: this.#env, limitMs: 300_000 }), `building ${tag}`);
  }

  /** Starts a container of an image. `options` are those of podman-run(1), `words` what comes after the image. */
  async start(image: string, options: readonly string[] = [], words: readonly string[] = []): Promise<Container> {
    const network = options.some((each) => each.startsWith("--network")) ? [] : ["--network=none"];
    const place = [`--cgroup-parent=${this.#parent}`, ...network];
    const id = await this.command("run", "--detach", ...place, ...options, image, ...words);
    return new Container(this, id.trim());
  }

  /** Runs a container to its end. */
  async finished(image: string, options: readonly string[], words: readonly string[]): Promise<Finished> {
    return this.run(
      ...["run", "--rm", "--network=none", `--cgroup-parent=${this.#parent}`, ...options, image, ...words],
    );
  }

  /** The environment of podman's settings, for those who call it in their own way. */
  get env(): NodeJS.ProcessEnv {
    return this.#env;
  }

  /** Ends and removes all that there is; `all`: the folder, too. */
  async close(all = true): Promise<void> {
    for (const words of [
      ["pod", "rm", "--all", "--force", "--time=0"],
      ["rm", "--all", "--force", "--time=0"],
    ])
      await this.run(...words);
    // podman's watchers of commands that were run over its socket stay for minutes.
    for (const pid of runningIn(this.folder)) process.kill(pid, "SIGKILL");
    for (const at of mountsBelow(this.folder).reverse()) await run(["umount", "--lazy", at]);
    for (const group of ["libpod_parent", this.#parent]) removeGroups(group);
    if (all) rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Limits are those of this process, as not everybody may raise them. */
function settings(folder: string): string {
  const hard = (name: string) =>
    new RegExp(`^Max ${name} +\\S+ +(\\d+)`, "m").exec(readFileSync("/proc/self/limits", "utf8"))?.[1] ?? "4096";
  const most = Number(readFileSync("/proc/sys/kernel/pid_max", "utf8"));
  const [files, processes] = [hard("open files"), Math.min(Number(hard("processes")), most)];
  return `[containers]
netns = "host"
log_driver = "k8s-file"
default_ulimits = ["nofile=${files}:${files}", "nproc=${processes}:${processes}"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
lock_type = "file"
tmp_dir = "${folder}/tmp"
[network]
network_config_dir = "${folder}/network"
`;
}

export class Container {
  readonly #podman: Podman;
  readonly id: string;

  constructor(podman: Podman, id: string) {
    this.#podman = podman;
    this.id = id;
  }

  /** Runs a command in it, as `docker exec` does. */
  exec(...words: string[]): Promise<Finished> {
    return this.#podman.run("exec", this.id, ...words);
  }

  /** Whether its health check passes now. */
  async healthy(): Promise<boolean> {
    return (await this.#podman.run("healthcheck", "run", this.id)).code === 0;
  }

  /** What all its programs have written. */
  async logs(): Promise<string> {
    return (await this.#podman.run("logs", this.id)).stdout;
  }

  /** A field of `podman inspect`, as a Go template. */
  async inspect(template: string): Promise<string> {
    return (await this.#podman.command("inspect", "--format", template, this.id)).trim();
  }

  /** Stops it as `docker stop` does; its exit code then. */
  async stop(): Promise<number> {
    await this.#podman.command("stop", this.id);
    return this.code();
  }

  /** Waits for its end. */
  async code(): Promise<number> {
    return Number(await this.#podman.command("wait", this.id));
  }

  /** Waits until the daemon in it says that all is well. */
  async well(limitMs = 20_000): Promise<void> {
    await until(
      "all in the container is well",
      async () => {
        const health = await this.exec("spacectl", "health");
        if (health.code === 0) return true;
        throw new Error(`${health.stdout}${health.stderr}\n${await this.logs()}`);
      },
      limitMs,
      100,
    );
  }

  async remove(): Promise<void> {
    await this.#podman.run("rm", "--force", "--time=0", this.id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.remove();
  }
}

function checked(finished: Finished, what: string): Finished {
  if (finished.code === 0) return finished;
  throw new Error(
    `${what} has ended with ${finished.code}: ${finished.stderr.trim().split("\n").slice(-20).join("\n")}`,
  );
}

/** Processes that name something in a folder on their command lines. */
function runningIn(folder: string): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid && commandLine(pid).includes(`${folder}/`));
}

/** What is mounted in a folder, in the order of proc_pid_mounts(5). */
export function mountsBelow(folder: string): string[] {
  return readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" ")[1] ?? "")
    .filter((at) => at.startsWith(`${folder}/`));
}

/** Control groups that are left empty, in the hierarchies of either version. */
function removeGroups(name: string): void {
  const top = "/sys/fs/cgroup";
  for (const place of [top, ...readdirSync(top).map((each) => join(top, each))]) removeEmpty(join(place, name));
}

function removeEmpty(folder: string): void {
  try {
    for (const each of readdirSync(folder, { withFileTypes: true }))
      if (each.isDirectory()) removeEmpty(join(folder, each.name));
    rmdirSync(folder);
  } catch {
    // It is not there, or somebody else's.
  }
}
