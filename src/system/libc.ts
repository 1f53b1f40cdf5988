/**
 * The libc calls that Node lacks, through `node:ffi`: the only file that knows the C library.
 *
 * Symbols are looked up in the running program itself (`dlopen(NULL)`), so the same code serves
 * glibc and musl. Each function either returns its result or throws a `SystemError` with the
 * symbolic errno, worded as the manual pages word the call.
 */
import * as ffi from "node:ffi";
import { getSystemErrorMap } from "node:util";
import { StringTable } from "./string-table.ts";

const definitions = {
  __errno_location: { arguments: [], return: "pointer" },
  pipe2: { arguments: ["pointer", "i32"], return: "i32" },
  close: { arguments: ["i32"], return: "i32" },
  flock: { arguments: ["i32", "i32"], return: "i32" },
  dup2: { arguments: ["i32", "i32"], return: "i32" },
  fcntl: { arguments: ["i32", "i32", "i64"], return: "i32" },
  wait4: { arguments: ["i32", "pointer", "i32", "pointer"], return: "i32" },
  waitid: { arguments: ["i32", "u32", "pointer", "i32"], return: "i32" },
  prctl: { arguments: ["i32", "u64", "u64", "u64", "u64"], return: "i32" },
  _exit: { arguments: ["i32"], return: "void" },
  prlimit: { arguments: ["i32", "i32", "pointer", "pointer"], return: "i32" },
  getpwnam: { arguments: ["pointer"], return: "pointer" },
  getpwuid: { arguments: ["u32"], return: "pointer" },
  getgrnam: { arguments: ["pointer"], return: "pointer" },
  getgrouplist: { arguments: ["pointer", "u32", "pointer", "pointer"], return: "i32" },
  gethostbyname: { arguments: ["pointer"], return: "pointer" },
  socket: { arguments: ["i32", "i32", "i32"], return: "i32" },
  setsockopt: { arguments: ["i32", "i32", "i32", "pointer", "u32"], return: "i32" },
  bind: { arguments: ["i32", "pointer", "u32"], return: "i32" },
  listen: { arguments: ["i32", "i32"], return: "i32" },
  sendto: { arguments: ["i32", "pointer", "u64", "i32", "pointer", "u32"], return: "i64" },
  posix_spawn: { arguments: ["pointer", "pointer", "pointer", "pointer", "pointer", "pointer"], return: "i32" },
  posix_spawnattr_init: { arguments: ["pointer"], return: "i32" },
  posix_spawnattr_setflags: { arguments: ["pointer", "i32"], return: "i32" },
  posix_spawnattr_setpgroup: { arguments: ["pointer", "i32"], return: "i32" },
  posix_spawnattr_setsigdefault: { arguments: ["pointer", "pointer"], return: "i32" },
  posix_spawnattr_setsigmask: { arguments: ["pointer", "pointer"], return: "i32" },
  posix_spawn_file_actions_init: { arguments: ["pointer"], return: "i32" },
  posix_spawn_file_actions_destroy: { arguments: ["pointer"], return: "i32" },
  posix_spawn_file_actions_adddup2: { arguments: ["pointer", "i32", "i32"], return: "i32" },
  posix_spawn_file_actions_addchdir_np: { arguments: ["pointer", "pointer"], return: "i32" },
} as const;

const { functions: libc } = ffi.dlopen(null, definitions);

/** glibc only; elsewhere the allocator returns memory by itself. */
const trim = optional("malloc_trim", { arguments: ["u64"], return: "i32" });

function optional(name: string, signature: { arguments: readonly ["u64"]; return: "i32" }) {
  try {
    return ffi.dlopen(null, { [name]: signature }).functions[name] as (bytes: bigint) => number;
  } catch {
    return null;
  }
}

/** `2.36`; null with another C library. */
export function glibcVersion(): string | null {
  try {
    const { functions } = ffi.dlopen(null, { gnu_get_libc_version: { arguments: [], return: "pointer" } });
    return ffi.toString(functions.gnu_get_libc_version());
  } catch {
    return null;
  }
}

/** Gives free pages of the C heap back to the system; malloc_trim(3). */
export function releaseFreeMemory(): void {
  trim?.(0n);
}

/** Ends this process at once, whatever its threads do; _exit(2). */
export const exitNow = (code: number): void => libc._exit(code);

/** A failed system call: `code` is the symbolic errno (`EMFILE`). */
export class SystemError extends Error {
  override readonly name = "SystemError";
  readonly code: string;
  readonly errno: number;

  constructor(call: string, errno: number) {
    const [code, text] = getSystemErrorMap().get(-errno) ?? [`E${errno}`, "unknown error"];
    super(`${call}: ${text}`);
    this.code = code;
    this.errno = errno;
  }
}

const errno = (): number => ffi.getInt32(libc.__errno_location(), 0);

function checked(call: string, result: number): number {
  if (result < 0) throw new SystemError(call, errno());
  return result;
}

const O_CLOEXEC = 0o2000000;
const F_SETFD = 2;
const F_GETFL = 3;
const F_SETFL = 4;
const O_NONBLOCK = 0o4000;
const FD_CLOEXEC = 1;
const F_SETPIPE_SZ = 1031;
const F_DUPFD_CLOEXEC = 1030;

const pipeEnds = new Int32Array(2);

/** A pipe whose ends are closed on exec; pipe(2). */
export function pipe(): { readonly read: number; readonly write: number } {
  checked("pipe2", libc.pipe2(pipeEnds, O_CLOEXEC));
  return { read: pipeEnds[0] as number, write: pipeEnds[1] as number };
}

/**
 * Makes room for so many descriptors, where that many are allowed. As they come the kernel doubles its table again
 * and again, and waits for all processors each time: 10 to 20 ms.
 */
export function reserveDescriptors(count: number): void {
  const fd = libc.fcntl(0, F_DUPFD_CLOEXEC, BigInt(count));
  if (fd >= 0) libc.close(fd);
}

/** Asks for a larger pipe buffer; false when the kernel refuses (the per-user limit, F_SETPIPE_SZ in fcntl(2)). */
export function setPipeSize(fd: number, bytes: number): boolean {
  return libc.fcntl(fd, F_SETPIPE_SZ, BigInt(bytes)) >= 0;
}

/** Another number for the same open file, closed on exec; fcntl(2). */
export function duplicate(fd: number): number {
  return checked("fcntl", libc.fcntl(fd, F_DUPFD_CLOEXEC, 3n));
}

export function closeOnExec(fd: number): void {
  checked("fcntl", libc.fcntl(fd, F_SETFD, BigInt(FD_CLOEXEC)));
}

/** Reads and writes on it answer EAGAIN instead of waiting. */
export function nonBlocking(fd: number): void {
  const flags = checked("fcntl", libc.fcntl(fd, F_GETFL, 0n));
  checked("fcntl", libc.fcntl(fd, F_SETFL, BigInt(flags | O_NONBLOCK)));
}

/** Closes a descriptor; one that is closed already is no error. */
export function closeFd(fd: number): void {
  libc.close(fd);
}

const LOCK_EX_NB = 2 | 4;

/** Takes the one lock of an open file or folder, held until it is closed; false when somebody else has it; flock(2). */
export function lock(fd: number): boolean {
  return libc.flock(fd, LOCK_EX_NB) === 0;
}

export function dup2(from: number, to: number): void {
  checked("dup2", libc.dup2(from, to));
}

const POSIX_SPAWN_SETPGROUP = 2;
const POSIX_SPAWN_SETSIGDEF = 4;
const POSIX_SPAWN_SETSIGMASK = 8;

/** Room for the opaque structs of glibc (336 and 80 bytes) and musl (less). */
const spawnAttributes = new Uint8Array(512);
const fileActions = new Uint8Array(256);
const spawnedPid = new Int32Array(1);

libc.posix_spawnattr_init(spawnAttributes);
libc.posix_spawnattr_setflags(spawnAttributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
libc.posix_spawnattr_setpgroup(spawnAttributes, 0);
// sigset_t is 128 bytes: every disposition back to default, an empty mask.
libc.posix_spawnattr_setsigdefault(spawnAttributes, new Uint8Array(128).fill(0xff));
libc.posix_spawnattr_setsigmask(spawnAttributes, new Uint8Array(128));

export interface Image {
  /** Looked up already: executed as given, relative to `directory`. */
  readonly file: string;
  /** The words the program sees, its own name first. */
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string | null;
  /** What becomes descriptors 0, 1 and 2; everything else is closed on exec. */
  readonly stdio: readonly [number, number, number];
  /** One more of ours, and the number from 3 on that it gets; null = none. */
  readonly extra?: readonly [fd: number, as: number] | null;
}

/**
 * Starts a program in a process group of its own with default signal dispositions and an empty mask;
 * posix_spawn(3). Throws a `SystemError` also for what fails in the child before the program runs
 * (chdir, exec). The child is not libuv's: whoever calls this reaps it.
 */
export function spawn(image: Image): number {
  const argv = argvTable.of(image.argv);
  const environment = environmentTable.of(Object.entries(image.environment).map(([name, value]) => `${name}=${value}`));
  libc.posix_spawn_file_actions_init(fileActions);
  try {
    image.stdio.forEach((fd, index) => {
      libc.posix_spawn_file_actions_adddup2(fileActions, fd, index);
    });
    // Behind those: it may take the number that one of them has here.
    if (image.extra) libc.posix_spawn_file_actions_adddup2(fileActions, ...image.extra);
    if (image.directory !== null) libc.posix_spawn_file_actions_addchdir_np(fileActions, image.directory);
    const error = libc.posix_spawn(spawnedPid, image.file, fileActions, spawnAttributes, argv, environment);
    if (error !== 0) throw new SystemError("posix_spawn", error);
    return spawnedPid[0] as number;
  } finally {
    libc.posix_spawn_file_actions_destroy(fileActions);
  }
}

const argvTable = new StringTable();
const environmentTable = new StringTable();

const P_ALL = 0;
const WNOHANG = 1;
const WEXITED = 4;
const WNOWAIT = 0x01000000;
const PR_SET_CHILD_SUBREAPER = 36;

/** siginfo_t is 128 bytes; si_pid stands at 16 on 64-bit Linux, behind three ints and their padding. */
const siginfo = new Uint8Array(128);
const siginfoView = new DataView(siginfo.buffer);
const status = new Int32Array(1);

/** The pid of some child that has died and still waits to be reaped, left as it is; 0 = none. */
export function peekZombie(): number {
  siginfo.fill(0);
  if (libc.waitid(P_ALL, 0, siginfo, WEXITED | WNOHANG | WNOWAIT) < 0) return 0;
  return siginfoView.getInt32(16, true);
}

/** How a child ended: its exit code, or the signal that killed it and whether it left a core. */
export type WaitStatus =
  | { readonly code: number; readonly signal: null; readonly core: false }
  | { readonly code: null; readonly signal: number; readonly core: boolean };

export interface Reaped {
  readonly status: WaitStatus;
  /** Processor time that it and all it has waited for have used. */
  readonly cpuMs: number;
}

/** getrusage(2): begins with two times, of seconds and microseconds; musl's is the longest. */
const usage = new BigInt64Array(64);

/** Reaps one dead child; null when it is not dead, or not (any more) a child; wait4(2). */
export function reap(pid: number): Reaped | null {
  if (libc.wait4(pid, status, WNOHANG, usage) !== pid) return null;
  const word = status[0] as number;
  const signal = word & 0x7f;
  const [userSeconds = 0, userMicros = 0, seconds = 0, micros = 0] = Array.from(usage.subarray(0, 4), Number);
  return {
    status:
      signal === 0
        ? { code: (word >> 8) & 0xff, signal: null, core: false }
        : { code: null, signal, core: (word & 0x80) !== 0 },
    cpuMs: (userSeconds + seconds) * 1000 + (userMicros + micros) / 1000,
  };
}

/** Orphans below this process become its children instead of PID 1's; prctl(2), PR_SET_CHILD_SUBREAPER. */
export function becomeSubreaper(): boolean {
  return libc.prctl(PR_SET_CHILD_SUBREAPER, 1n, 0n, 0n, 0n) === 0;
}

export const resources = { RLIMIT_NPROC: 6, RLIMIT_NOFILE: 7 } as const;

/** Soft and hard limit; -1 = infinity. */
export interface ResourceLimit {
  readonly soft: number;
  readonly hard: number;
}

const INFINITY = 0xffffffffffffffffn;

/** Reads, and with `limit` also sets, a resource limit of a process (0 = this one); prlimit(2). */
export function resourceLimit(pid: number, resource: number, limit?: ResourceLimit): ResourceLimit {
  const encode = (n: number) => (n < 0 ? INFINITY : BigInt(n));
  const decode = (n: bigint | undefined) => (n === undefined || n === INFINITY ? -1 : Number(n));
  const wanted = limit === undefined ? null : new BigUint64Array([encode(limit.soft), encode(limit.hard)]);
  const old = new BigUint64Array(2);
  checked("prlimit", libc.prlimit(pid, resource, wanted, old));
  return { soft: decode(old[0]), hard: decode(old[1]) };
}

/** An account as getpwnam(3) tells it, whatever name service the machine uses. */
export interface Passwd {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/** struct passwd on 64-bit Linux: name at 0, uid at 16, gid at 20, home at 32. */
function passwd(entry: bigint): Passwd | null {
  if (entry === 0n) return null;
  return {
    name: ffi.toString(ffi.getUint64(entry, 0)) ?? "",
    uid: ffi.getUint32(entry, 16),
    gid: ffi.getUint32(entry, 20),
    home: ffi.toString(ffi.getUint64(entry, 32)) ?? "",
  };
}

export const accountByName = (name: string): Passwd | null => passwd(libc.getpwnam(name));
export const accountByUid = (uid: number): Passwd | null => passwd(libc.getpwuid(uid));

/** The gid of a group, or null; struct group has it at 16. */
export function groupByName(name: string): number | null {
  const entry = libc.getgrnam(name);
  return entry === 0n ? null : ffi.getUint32(entry, 16);
}

/** Every group of a user, its primary one first; getgrouplist(3). */
export function groupsOf(name: string, gid: number): number[] {
  for (let room = 64; ; room *= 4) {
    const ids = new Uint32Array(room);
    const count = new Int32Array([room]);
    if (libc.getgrouplist(name, gid, ids, count) >= 0) return [...ids.subarray(0, count[0])];
    if (room > 65_536) return [gid];
  }
}

const AF_UNIX = 1;
const AF_INET = 2;
const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;

/** A listening stream socket that nobody accepts on here: it is for children. `address` is a sockaddr. */
function listening(family: number, address: Uint8Array, backlog: number, reuse: boolean): number {
  const fd = checked("socket", libc.socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  try {
    if (reuse) checked("setsockopt", libc.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, new Int32Array([1]), 4));
    checked("bind", libc.bind(fd, address, address.length));
    checked("listen", libc.listen(fd, backlog));
    return fd;
  } catch (error) {
    libc.close(fd);
    throw error;
  }
}

const ENAMETOOLONG = 36;

/** The address of a path of at most 107 bytes; unix(7). */
export function unixAddress(path: string): Uint8Array {
  const name = Buffer.from(path);
  if (name.length > 107) throw new SystemError("bind", ENAMETOOLONG);
  const address = new Uint8Array(2 + name.length + 1);
  new DataView(address.buffer).setUint16(0, AF_UNIX, true);
  address.set(name, 2);
  return address;
}

/** Binds and listens on a path; the caller sets owner and mode. */
export function listenUnix(path: string, backlog: number): number {
  return listening(AF_UNIX, unixAddress(path), backlog, false);
}

/** A unix datagram socket without a name, to send from. */
export function datagramSocket(): number {
  return checked("socket", libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
}

const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;

/** Sends one datagram, never waiting for its receiver; sendto(2). */
export function sendTo(fd: number, bytes: Uint8Array, address: Uint8Array): void {
  const flags = MSG_DONTWAIT | MSG_NOSIGNAL;
  checked("sendto", Number(libc.sendto(fd, bytes, BigInt(bytes.length), flags, address, address.length)));
}

/** The first IPv4 address of a host; "" and `*` are every address. struct hostent has its address list at 24. */
function ipv4(host: string): Uint8Array {
  if (host === "" || host === "*") return new Uint8Array(4);
  const entry = libc.gethostbyname(host);
  const list = entry === 0n ? 0n : ffi.getUint64(entry, 24);
  const first = list === 0n ? 0n : ffi.getUint64(list, 0);
  if (first === 0n) throw new Error(`cannot find host ${host}`);
  return Uint8Array.from([0, 1, 2, 3], (offset) => ffi.getUint8(first, offset));
}

/** Binds and listens on an IPv4 address or host name. */
export function listenTcp(host: string, port: number, backlog: number): number {
  const address = new Uint8Array(16);
  const view = new DataView(address.buffer);
  view.setUint16(0, AF_INET, true);
  view.setUint16(2, port, false);
  address.set(ipv4(host), 4);
  return listening(AF_INET, address, backlog, true);
}
