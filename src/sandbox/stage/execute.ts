import { join } from "node:path";
import { arch } from "node:process";
import { cString, errnoName } from "../../lib/libc/mod.ts";
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  addressOf,
  attempt,
  close,
  errnoNameOf,
  performedBy,
  type SystemCall,
  sys,
  sysAll,
} from "./kernel.ts";
import { STATUS_FD, StageFailure } from "./plan.ts";
// Not when it is needed: by then this thread may be among a container's files.
import { x86Starter } from "./starter-program.ts";

export const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** `env` with what every program may rely on; what the step sets wins, and of several the last. */
export function completeEnvironment(
  env: readonly string[],
  defaults: Readonly<Record<string, string | undefined>>,
): string[] {
  const values = new Map<string, string>();
  for (const entry of env) {
    const equals = entry.indexOf("=");
    if (equals > 0) values.set(entry.slice(0, equals), entry.slice(equals + 1));
  }
  for (const [name, value] of Object.entries(defaults)) {
    if (value !== undefined && !values.has(name)) values.set(name, value);
  }
  return [...values].map(([name, value]) => `${name}=${value}`);
}

/**
 * The file that `name` stands for, looked for as execvp() does.
 * @throws StageFailure 127 when there is none, 126 when it cannot be run
 */
export function findExecutable(name: string, env: readonly string[]): string {
  const quoted = JSON.stringify(name);
  if (name === "")
    throw new StageFailure("no command given", {
      exitCode: 127,
      hint: "write a command after the image's name, or in CMD or ENTRYPOINT",
    });
  if (name.includes("/")) {
    const [problem] = problemsWith([name]);
    if (problem === "ENOENT" || problem === "ENOTDIR") {
      throw new StageFailure(`exec: ${quoted}: stat ${name}: no such file or directory`, {
        exitCode: 127,
        hint: "check the path: it is looked for inside the image",
      });
    }
    if (problem !== undefined) throw notExecutable(name, problem);
    return name;
  }
  const path = env.find((entry) => entry.startsWith("PATH="))?.slice("PATH=".length) ?? defaultPath;
  const candidates = path.split(":").map((directory) => join(directory || ".", name));
  const problems = problemsWith(candidates);
  const found = candidates.find((_, index) => problems[index] === undefined);
  if (found !== undefined) return found.includes("/") ? found : `./${found}`;
  throw new StageFailure(`exec: ${quoted}: executable file not found in $PATH`, {
    exitCode: 127,
    hint: "check the spelling, or give the whole path: the image may not have it",
  });
}

const S_IFMT = 0o170000;
const S_IFDIR = 0o040000;
const X_OK = 1;

/** The errno name that running each of `files` would give, as far as their names tell. */
function problemsWith(files: readonly string[]): (string | undefined)[] {
  const stats = files.map(() => new BigUint64Array(statWords));
  const results = sysAll(
    files.flatMap((file, index): SystemCall[] => [
      ["newfstatat", AT_FDCWD, file, stats[index]!, 0],
      ["faccessat", AT_FDCWD, file, X_OK],
    ]),
  );
  return files.map((_, index) => {
    const [known, allowed] = [results[2 * index]!, results[2 * index + 1]!];
    if (known < 0) return errnoName(-known);
    if ((modeOf(stats[index]!) & S_IFMT) === S_IFDIR) return "EISDIR";
    return allowed < 0 ? errnoName(-allowed) : undefined;
  });
}

/** `/proc/self/exe` is the host's runtime at this moment, and not what is to be run. */
export function refuseOwnProgram(file: string): void {
  const [wanted, own] = [new BigUint64Array(statWords), new BigUint64Array(statWords)];
  const results = sysAll([
    ["newfstatat", AT_FDCWD, file, wanted, 0],
    ["newfstatat", AT_FDCWD, "/proc/self/exe", own, 0],
  ]);
  // Device and inode.
  if (results.some((result) => result < 0) || own[0] !== wanted[0] || own[1] !== wanted[1]) return;
  throw new StageFailure(`exec: ${JSON.stringify(file)}: permission denied`, {
    exitCode: 126,
    hint: "make it executable in the image (chmod +x), or call it through its interpreter",
  });
}

const statWords = 18;

/** struct stat: device, inode, and then links and mode on x86-64, mode and links in one word elsewhere. */
function modeOf(stat: BigUint64Array): number {
  return Number((arch === "x64" ? stat[3]! : stat[2]!) & 0xffff_ffffn);
}

const reasons: Record<string, string> = {
  EACCES: "permission denied",
  EPERM: "operation not permitted",
  EISDIR: "is a directory",
  ENOEXEC: "exec format error",
  ENOENT: "no such file or directory",
  ENOTDIR: "not a directory",
  E2BIG: "argument list too long",
  ELOOP: "too many levels of symbolic links",
  ETXTBSY: "text file busy",
};

export function notExecutable(file: string, errno: string): StageFailure {
  const hints: Record<string, string | undefined> = {
    ENOENT: "the file is there, so its interpreter or loader is what is missing",
    ENOEXEC: "it is made for another processor, or a script without a #! line",
    EACCES: "it, or its interpreter, may not be run by this user: see its mode in the image with 'kasane ls'",
    EISDIR: "name a program in it",
    E2BIG: "arguments and environment together are more than the kernel takes",
    ETXTBSY: "somebody is still writing to it",
  };
  const hint = hints[errno];
  return new StageFailure(`exec: ${JSON.stringify(file)}: ${reasons[errno] ?? errno}`, {
    exitCode: errno === "ENOENT" || errno === "ENOTDIR" ? 127 : 126,
    ...(hint === undefined ? {} : { hint }),
  });
}

/**
 * Becomes the program. Returns only by throwing.
 * @throws StageFailure 126 or 127
 */
export function execute(file: string, argv: readonly string[], env: readonly string[]): never {
  const [program, given, environment] = [cString(file), pointers(argv), pointers(env)];
  try {
    sys("execve", program, given, environment);
  } catch (error) {
    throw notExecutable(file, errnoNameOf(error));
  }
  throw new StageFailure(`exec: ${JSON.stringify(file)}: came back`);
}

const MFD_CLOEXEC = 1;
const MFD_ALLOW_SEALING = 2;
const MFD_EXEC = 16;
const F_ADD_SEALS = 1033;
/** Against more seals, other sizes and writing. */
const allSeals = 15;

/** A program in memory, for executeImage(): no file of any file system, and nobody changes it. */
export function programImage(program: Uint8Array, name = "kasane-init"): number {
  let fd = -1;
  const make = (flags: number) => attempt(() => (fd = sys("memfd_create", name, flags)), "EINVAL");
  const flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  if (!make(flags | MFD_EXEC)) make(flags);
  sys("write", fd, program, program.length);
  sys("fcntl", fd, F_ADD_SEALS, allSeals);
  return fd;
}

const F_SETFD = 2;
const F_DUPFD_CLOEXEC = 1030;
const FD_CLOEXEC = 1;
let starter: number | undefined;

/** x86Starter() in memory, for as long as this process is there; undefined where there is none, or nothing in memory may be run. */
export function openStarter(): number | undefined {
  if (starter !== undefined || arch !== "x64") return starter;
  attempt(() => {
    starter = performedBy(undefined, () => {
      const image = programImage(x86Starter(), "kasane-starter");
      // Out of the way of descriptors that have a place.
      const fd = sys("fcntl", image, F_DUPFD_CLOEXEC, 16);
      close(image);
      return fd;
    });
  });
  return starter;
}

/** Puts what x86Starter() tells on in its place. */
export function placeStatus(status: number): void {
  if (status === STATUS_FD) sys("fcntl", status, F_SETFD, 0);
  else sys("dup3", status, STATUS_FD, 0);
}

/** execute() by way of x86Starter(), which tells what became of it, see placeStatus(). Comes back where it cannot be run. */
export function executeByStarter(
  image: number,
  { file, argv, env }: { file: string; argv: readonly string[]; env: readonly string[] },
): void {
  const [given, environment] = [pointers([file, ...argv]), pointers(env)];
  try {
    // By a name: a filter may know execve() alone.
    sys("execve", `/proc/self/fd/${image}`, given, environment);
  } catch (error) {
    const code = errnoNameOf(error);
    if (!["EACCES", "EPERM", "ENOENT", "E2BIG"].includes(code)) throw notExecutable(file, code);
    sys("fcntl", STATUS_FD, F_SETFD, FD_CLOEXEC);
  }
}

/** execute() of a programImage(). */
export function executeImage(image: number, argv: readonly string[], env: readonly string[]): never {
  const [nothing, given, environment] = [cString(""), pointers(argv), pointers(env)];
  sys("execveat", image, nothing, given, environment, AT_EMPTY_PATH);
  throw new StageFailure("exec: the init came back");
}

/** A `char *[]` with a null at its end. */
export function pointers(strings: readonly string[]): BigUint64Array {
  return BigUint64Array.of(...strings.map((text) => addressOf(cString(text))), 0n);
}
