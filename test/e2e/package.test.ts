/** The packages of the single executable: what is in them, and that the Debian one comes and goes without a trace. */
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { manualPages } from "../../scripts/manual.ts";
import { newDirectory, root, run } from "../helpers/daemon.ts";

let directory: string;
const version = "0.1.0";

beforeAll(async () => {
  directory = newDirectory();
  const node = [process.execPath, "--disable-warning=ExperimentalWarning"];
  if (!existsSync(join(root, "dist/spaced")))
    expect(await run([...node, "scripts/binary.ts"], { cwd: root })).toMatchObject({ code: 0 });
  const env = { ...process.env, PACKAGE_LEVEL: "1" };
  expect(await run([...node, "scripts/package.ts"], { env })).toMatchObject({ code: 0, stderr: "" });
}, 120_000);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test("the archive has all programs by their names, manual pages and documentation", async () => {
  const name = `spaced-${version}-linux-${process.arch}`;
  expect(await run(["tar", "-C", directory, "-xzf", join(root, "dist", `${name}.tar.gz`)])).toMatchObject({ code: 0 });
  const top = join(directory, name);
  for (const link of ["spacectl", "supervisord", "supervisorctl", "echo_supervisord_conf", "pidproxy"])
    expect(readlinkSync(join(top, "bin", link))).toBe("spaced");
  expect((await run([join(top, "bin/supervisord"), "--version"])).stdout).toBe("4.2.5\n");
  for (const file of ["man/man8/spaced.8", "man/man1/spacectl.1", "man/man5/spaced.conf.5", "doc/spaced/keys.md"])
    expect(existsSync(join(top, "share", file))).toBe(true);
  const completions = ["bash-completion/completions/spacectl", "fish/vendor_completions.d/spacectl.fish"];
  for (const file of [...completions, "zsh/site-functions/_spacectl"])
    expect(readFileSync(join(top, "share", file), "utf8")).toMatch(/program"? _complete/);
});

test("the Debian package is installed, works, and is removed without a trace", async () => {
  const [top, admin] = [join(directory, "debian"), join(directory, "admin")];
  for (const folder of [top, join(admin, "info"), join(admin, "updates")]) mkdirSync(folder, { recursive: true });
  // What it depends on is taken from this machine.
  const needed = ["libc6", "libstdc++6", "libgcc-s1"];
  const { stdout } = await run(["dpkg-query", "--status", ...needed]);
  writeFileSync(
    join(admin, "status"),
    stdout.replace(/^(Depends|Conffiles|Recommends|Suggests|Breaks):.*\n( .*\n)*/gm, ""),
  );
  const architecture = /^Architecture: (.*)$/m.exec(stdout)?.[1];
  for (const name of needed) writeFileSync(join(admin, "info", `${name}:${architecture}.list`), "/.\n");
  const [file = ""] = readdirSync(join(root, "dist")).filter((each) => each.endsWith(".deb"));
  // The file locks of dpkg(1) are beside the status file, so nothing of the machine's own is touched.
  const dpkg = (...words: string[]) =>
    run(["dpkg", `--instdir=${top}`, `--admindir=${admin}`, "--log=/dev/null", "--force-not-root", ...words]);
  expect(await dpkg("-i", join(root, "dist", file))).toMatchObject({ code: 0, stderr: "" });
  expect((await run([join(top, "usr/bin/spaced"), "--version"])).stdout).toBe(`${version}\n`);
  expect((await run([join(top, "usr/bin/spacectl"), "help", "pid"])).stdout).toMatch(/^pid/);
  expect((await run([join(top, "usr/lib/spaced/supervisord"), "-v"])).stdout).toBe("4.2.5\n");
  expect((await run(["mandoc", join(top, "usr/share/man/man8/spaced.8.gz")])).stdout).toContain(
    "After an end that was asked for",
  );
  const env = { PATH: `${join(top, "usr/bin")}:/usr/bin:/bin`, HOME: directory, XDG_DATA_DIRS: join(top, "usr/share") };
  expect((await run(["fish", "-c", "complete -C 'spacectl maint'"], { env })).stdout).toMatch(/^maintail\t/);
  expect(existsSync(join(top, "usr/share/zsh/vendor-completions/_spacectl"))).toBe(true);
  expect(await dpkg("--purge", "spaced")).toMatchObject({ code: 0, stderr: "" });
  expect(readdirSync(top, { recursive: true })).toEqual([]);
});

test("the manual pages are what mandoc and its readers expect", async () => {
  for (const [name, page] of manualPages("2026-11-22")) {
    const file = join(directory, name);
    writeFileSync(file, page);
    expect(await run(["mandoc", "-Tlint", "-Wstyle", file])).toMatchObject({ code: 0, stdout: "", stderr: "" });
  }
});
