import {
  appendFileSync,
  chmodSync,
  lchownSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { cString, fileCalls, statusAt } from "../../lib/libc/mod.ts";
import { errnoOf } from "../../lib/mod.ts";

const name = fc.constantFrom("a", "b", "c", "d");
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
const weighted = (weight: number, ...model: Parameters<typeof fc.record>) => ({
  weight,
  arbitrary: fc.record(...model),
});

const change = fc.oneof(
  weighted(4, { do: fc.constant("write"), path, text: fc.constantFrom("", "x", "new content") }),
  weighted(2, { do: fc.constant("append"), path }),
  weighted(1, { do: fc.constant("truncate"), path }),
  weighted(4, { do: fc.constant("mkdir"), path }),
  weighted(4, { do: fc.constant("remove"), path }),
  weighted(3, { do: fc.constant("remake"), path }),
  weighted(3, { do: fc.constant("rename"), path, to: path }),
  weighted(2, { do: fc.constant("move"), path, to: path }),
  weighted(2, { do: fc.constant("symlink"), path, to: path }),
  weighted(3, { do: fc.constant("link"), path, to: path }),
  weighted(1, { do: fc.constant("fifo"), path }),
  weighted(1, { do: fc.constant("device"), path }),
  weighted(1, { do: fc.constant("socket"), path }),
  weighted(2, { do: fc.constant("chmod"), path, mode: fc.constantFrom(0o755, 0o600, 0o4711) }),
  weighted(1, { do: fc.constant("chown"), path, uid: fc.constantFrom(0, 33) }),
  weighted(1, { do: fc.constant("utimes"), path, time: fc.integer({ min: 0, max: 5 }) }),
  weighted(2, { do: fc.constant("xattr"), path, value: fc.constantFrom("", "1", "2") }),
  weighted(1, { do: fc.constant("touch"), path }),
) as fc.Arbitrary<Change>;

/** One thing that a build step may do to a file system. */
export interface Change {
  readonly do: string;
  readonly path: string;
  readonly to?: string;
  readonly text?: string;
  readonly mode?: number;
  readonly uid?: number;
  readonly time?: number;
  readonly value?: string;
}

export const randomChanges: fc.Arbitrary<Change[]> = fc.array(change, { minLength: 1, maxLength: 25 });

/** Does what is possible; the rest fails as it would for a program. */
export function applyChanges(root: string, changes: readonly Change[]): void {
  for (const one of changes) {
    try {
      applyChange(root, one);
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
    }
  }
}

type Action = (at: string, one: Change, to: string) => unknown;
const AT_FDCWD = -100;
const kindOf = (path: string) => statusAt(AT_FDCWD, cString(path))?.kind;
const node = (mode: number, device: readonly [number, number] = [0, 0]): Action => {
  return (at) => fileCalls().mknodat(AT_FDCWD, cString(at), mode, ...device);
};
/** Not through symlinks, which would lead out of the mount, and not into pipes, where nobody reads. */
const onlyFiles = (action: Action): Action => {
  return (at, one, to) => (["file", undefined].includes(kindOf(at)) ? action(at, one, to) : undefined);
};
const remove: Action = (at) => rmSync(at, { recursive: true });

const actions: Readonly<Record<string, Action>> = {
  write: onlyFiles((at, { text }) => writeFileSync(at, text!)),
  append: onlyFiles((at) => appendFileSync(at, "more")),
  truncate: onlyFiles((at) => truncateSync(at, 1)),
  mkdir: (at) => mkdirSync(at),
  remove,
  remake: (at, one, to) => {
    remove(at, one, to);
    mkdirSync(at);
  },
  rename: (at, _, to) => renameSync(at, to),
  // Renaming a lower directory fails (EXDEV), and mv copies.
  move: (at, _, to) => Bun.spawnSync(["mv", "-T", at, to], { stderr: "ignore" }),
  symlink: (at, { to }) => symlinkSync(to!, at),
  link: (at, _, to) => linkSync(to, at),
  fifo: node(0o010644),
  device: node(0o020644, [1, 3]),
  socket: node(0o140644),
  chmod: (at, { mode }) => (kindOf(at) === "symlink" ? undefined : chmodSync(at, mode!)),
  chown: (at, { uid }) => lchownSync(at, uid!, 0),
  utimes: (at, { time }) => lutimesSync(at, time!, time!),
  touch: (at) => lutimesSync(at, new Date(), new Date()),
  xattr: (at, { value }) => {
    const bytes = Buffer.from(`${value}\0`);
    return fileCalls().lsetxattr(cString(at), cString("user.k"), bytes, bytes.length - 1, 0);
  },
};

function applyChange(root: string, one: Change): void {
  const hasPlainParents = [one.path, one.to ?? ""].every((path) => {
    const parents = path.split("/").slice(0, -1);
    return parents.every((_, end) => kindOf(join(root, ...parents.slice(0, end + 1))) !== "symlink");
  });
  if (hasPlainParents) actions[one.do]!(join(root, one.path), one, join(root, one.to ?? ""));
}
