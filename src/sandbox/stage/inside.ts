import { fstatSync } from "node:fs";
import {
  AT_FDCWD,
  close,
  errnoNameOf,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOFOLLOW,
  O_PATH,
  sys,
  sysHere,
} from "./kernel.ts";
import { StageFailure } from "./plan.ts";

/** More symlinks than the kernel itself follows on one path. */
const maxLinks = 40;

export interface InsideOptions {
  /** Makes what is missing: directories on the way, and this at the end. */
  readonly make?: "file" | "directory";
  /** Told of each path that was made, outermost first. */
  readonly onMade?: (path: string, kind: "file" | "directory") => void;
}

/**
 * Opens `path` inside the directory `root` as a process chrooted there would see it, as an O_PATH descriptor; undefined when it does
 * not exist and is not to be made. Symlinks are read and walked by hand, each part opened with O_NOFOLLOW below the one
 * before: whatever links say (`/etc/resolv.conf -> ../../../host`), and whoever exchanges them meanwhile, the walk
 * never leaves the root.
 */
export function openInside(root: number, path: string, options: InsideOptions = {}): number | undefined {
  const walked: { fd: number; name: string }[] = [{ fd: duplicate(root), name: "" }];
  const parts = path.split("/");
  let links = 0;
  try {
    while (parts.length > 0) {
      const part = parts.shift()!;
      if (part === "" || part === ".") continue;
      if (part === "..") {
        if (walked.length > 1) close(walked.pop()!.fd);
        continue;
      }
      const parent = walked.at(-1)!;
      const fd =
        openChild(parent.fd, part) ?? makeChild(walked, part, lastKind(parts, options.make), options);
      if (fd === undefined) return undefined;
      const stat = fstatSync(fd);
      if (stat.isSymbolicLink()) {
        const target = readLink(fd);
        close(fd);
        if (++links > maxLinks) throw new StageFailure(`${path}: too many symbolic links`);
        if (target.startsWith("/")) for (const step of walked.splice(1)) close(step.fd);
        parts.unshift(...target.split("/"));
        continue;
      }
      walked.push({ fd, name: part });
      if (!stat.isDirectory() && parts.some((next) => next !== "")) {
        throw new StageFailure(
          `${path}: /${walked
            .slice(1)
            .map((step) => step.name)
            .join("/")} is not a directory`,
        );
      }
    }
    return walked.pop()!.fd;
  } finally {
    for (const step of walked) close(step.fd);
  }
}

function lastKind(rest: readonly string[], make: InsideOptions["make"]): InsideOptions["make"] {
  return rest.some((part) => part !== "" && part !== ".") && make !== undefined ? "directory" : make;
}

function openChild(parent: number, name: string): number | undefined {
  try {
    return sysHere("openat", parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0);
  } catch (error) {
    if (errnoNameOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

function makeChild(
  walked: readonly { fd: number; name: string }[],
  name: string,
  kind: InsideOptions["make"],
  options: InsideOptions,
): number | undefined {
  if (kind === undefined) return undefined;
  const parent = walked.at(-1)!.fd;
  const before = fstatSync(parent, { bigint: true });
  if (kind === "directory") sys("mkdirat", parent, name, 0o755);
  else close(sys("openat", parent, name, O_CREAT | O_EXCL | O_CLOEXEC, 0o644));
  // A directory whose time changed would be part of the layer.
  setTimes(pathOf(parent), before.atimeNs, before.mtimeNs);
  options.onMade?.([...walked.slice(1).map((step) => step.name), name].join("/"), kind);
  return openChild(parent, name);
}

/** Sets the times of `path`, to the nanosecond (node:fs counts in floating seconds). */
export function setTimes(path: string, accessedNs: bigint, modifiedNs: bigint): void {
  const second = 1_000_000_000n;
  const times = BigInt64Array.of(
    accessedNs / second,
    accessedNs % second,
    modifiedNs / second,
    modifiedNs % second,
  );
  sysHere("utimensat", AT_FDCWD, path, times, 0);
}

function readLink(fd: number): string {
  const buffer = new Uint8Array(4096);
  // By sys(): where /proc/self leads depends on who reads it.
  const length = sys("readlinkat", fd, "", buffer, buffer.length);
  return new TextDecoder().decode(buffer.subarray(0, length));
}

/** A name for an open descriptor that the kernel resolves to exactly that object. */
export function pathOf(fd: number): string {
  return `/proc/self/fd/${fd}`;
}

function duplicate(fd: number): number {
  return sysHere("openat", fd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
}
