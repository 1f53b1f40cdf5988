/**
 * Packs the single executable: dist/spaced-VERSION-linux-ARCH.tar.gz to be unpacked over /usr/local, and a Debian
 * package. Both hold the same tree; the same sources give the same bytes. The names of supervisord are links in
 * a folder of their own in the Debian package, which can so live beside Debian's supervisor.
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { completionScripts } from "../src/cli/completion-scripts.ts";
import { version } from "../src/core/version.ts";
import { needsLibatomic } from "./build/libatomic.ts";
import { manualPages } from "./manual.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = `${root}dist`;
const work = `${dist}/package-${process.pid}`;
/** 1 to 9: how long it is packed. */
const level = process.env.PACKAGE_LEVEL ?? "9";
const theirs = ["supervisord", "supervisorctl", "echo_supervisord_conf", "pidproxy"];
const architectures: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };

const seconds = process.env.SOURCE_DATE_EPOCH ?? git("log", "-1", "--format=%ct");
const maintainer = git("log", "-1", "--format=%an <%ae>");
const day = new Date(Number(seconds) * 1000).toISOString().slice(0, 10);
const reproducible = ["--sort=name", "--owner=0", "--group=0", "--numeric-owner", `--mtime=@${seconds}`];

rmSync(work, { recursive: true, force: true });
tarball(`spaced-${version}-linux-${process.arch}`);
debian(`spaced_${version}_${architectures[process.arch]}.deb`);
rmSync(work, { recursive: true });

function tarball(name: string): void {
  const top = `${work}/${name}`;
  tree(top, { packed: (page) => page, ending: "", zsh: "site-functions" });
  for (const link of theirs) symlinkSync("spaced", `${top}/bin/${link}`);
  const file = `${dist}/${name}.tar.gz`;
  execFileSync("tar", ["-C", work, ...reproducible, "-I", `gzip -${level}n`, "-cf", file, name], { stdio: "inherit" });
  told(file);
}

function debian(name: string): void {
  const top = `${work}/debian`;
  tree(`${top}/usr`, { packed: (page) => gzipSync(page, { level: 9 }), ending: ".gz", zsh: "vendor-completions" });
  mkdirSync(`${top}/usr/lib/spaced`, { recursive: true });
  for (const link of theirs) symlinkSync("../../bin/spaced", `${top}/usr/lib/spaced/${link}`);
  const doc = `${top}/usr/share/doc/spaced`;
  writeFileSync(
    `${doc}/copyright`,
    `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: spaced
Comment: Includes the Node.js runtime, whose licence is that of https://github.com/nodejs/node/blob/main/LICENSE

Files: *
Copyright: the authors of spaced
License: MIT
`,
  );
  const entry = `spaced (${version}) unstable; urgency=medium\n\n  * See the history of the sources.\n`;
  const date = new Date(Number(seconds) * 1000).toUTCString().replace("GMT", "+0000");
  writeFileSync(`${doc}/changelog.gz`, gzipSync(`${entry}\n -- ${maintainer}  ${date}\n`, { level: 9 }));
  mkdirSync(`${top}/DEBIAN`);
  writeFileSync(
    `${top}/DEBIAN/control`,
    `Package: spaced
Version: ${version}
Architecture: ${architectures[process.arch]}
Maintainer: ${maintainer}
Installed-Size: ${kilobytes(top)}
Depends: libc6 (>= 2.28), libstdc++6, libgcc-s1${needsLibatomic(readFileSync(`${dist}/spaced`)) ? ", libatomic1" : ""}
Section: admin
Priority: optional
Description: process supervisor for containers
 Runs a web server and its workers together: reads supervisord's file, answers
 its protocol and takes its commands. Event-driven; reaps as PID 1. Links with
 supervisord's names are in /usr/lib/spaced.
`,
  );
  const file = `${dist}/${name}`;
  const environment = { ...process.env, SOURCE_DATE_EPOCH: seconds };
  execFileSync("dpkg-deb", ["--root-owner-group", "-Zxz", `-z${level}`, "--threads-max=4", "--build", top, file], {
    env: environment,
    stdio: ["ignore", "ignore", "inherit"],
  });
  told(file);
}

interface Manners {
  readonly packed: (page: string) => string | Buffer;
  /** Of the names of manual pages. */
  readonly ending: string;
  /** The folder that zsh looks for functions of others in. */
  readonly zsh: string;
}

/** What both have below the folder they are installed to. */
function tree(top: string, { packed, ending, zsh }: Manners): void {
  const doc = `${top}/share/doc/spaced`;
  mkdirSync(`${top}/bin`, { recursive: true });
  mkdirSync(doc, { recursive: true });
  cpSync(`${dist}/spaced`, `${top}/bin/spaced`);
  symlinkSync("spaced", `${top}/bin/spacectl`);
  cpSync(`${root}README.md`, `${doc}/README.md`);
  cpSync(`${root}docs`, doc, { recursive: true });
  cpSync(`${root}conf.d/spaced.schema.json`, `${doc}/spaced.schema.json`);
  for (const [name, page] of manualPages(day)) {
    const folder = `${top}/share/man/man${name.at(-1)}`;
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}/${name}${ending}`, packed(page));
  }
  for (const [shell, place] of [
    ["bash", "bash-completion/completions/spacectl"],
    ["zsh", `zsh/${zsh}/_spacectl`],
    ["fish", "fish/vendor_completions.d/spacectl.fish"],
  ] as const) {
    mkdirSync(dirname(`${top}/share/${place}`), { recursive: true });
    writeFileSync(`${top}/share/${place}`, completionScripts[shell]("spacectl"));
  }
}

function kilobytes(folder: string): number {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((each) => each.isFile())
    .reduce((sum, { parentPath, name }) => sum + Math.ceil(statSync(`${parentPath}/${name}`).size / 1024), 0);
}

function git(...words: string[]): string {
  return execFileSync("git", words, { cwd: root, encoding: "utf8" }).trim();
}

function told(file: string): void {
  console.log(`${file.slice(root.length)}: ${(statSync(file).size / 1e6).toFixed(1)} MB`);
}
