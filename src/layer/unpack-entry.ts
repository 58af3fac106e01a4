import { constants } from "node:fs";
import { constants as osConstants } from "node:os";
import { cString, fileCalls, ok } from "../lib/libc/mod.ts";
import { encodeName } from "../tar/mod.ts";
import { type AttributeOptions, setAttributesAt } from "./attributes.ts";
import { nameInDirectory } from "./directory-handles.ts";
import type { LayerEntry } from "./entry.ts";
import { whiteoutPrefix } from "./layer-path.ts";
import { isOnOverlay } from "./on-overlay.ts";
import { refused, show } from "./unpack-error.ts";
import type { Place, UnpackRoot } from "./unpack-root.ts";

const { EEXIST, EPERM } = osConstants.errno;
const deviceKinds = {
  "character-device": constants.S_IFCHR,
  "block-device": constants.S_IFBLK,
  fifo: constants.S_IFIFO,
} as const;

/** Makes a symlink, device or fifo. */
export function unpackSpecial(
  root: UnpackRoot,
  place: Place,
  entry: LayerEntry,
  options: AttributeOptions,
): void {
  const calls = fileCalls();
  const name = nameInDirectory(place.name);
  if (entry.type === "symlink") {
    const target = cString(encodeName(entry.linkTarget!));
    const result = root.makeFresh(place, () => calls.symlinkat(target, root.open(place), name));
    ok(result, "symlinkat", place.path);
    setAttributesAt({ directory: root.open(place), name: place.name, path: place.path }, entry, {
      ...options,
      isSymlink: true,
    });
    return;
  }
  const kind = deviceKinds[entry.type as keyof typeof deviceKinds];
  const { deviceMajor = 0, deviceMinor = 0 } = entry;
  const make = () => calls.mknodat(root.open(place), name, kind | 0o600, deviceMajor, deviceMinor);
  const result = root.makeFresh(place, make);
  if (result === -EPERM && entry.type !== "fifo") {
    leaveOutDevice(root, place, options);
    return;
  }
  ok(result, "mknodat", place.path);
  setAttributesAt({ directory: root.open(place), name: place.name, path: place.path }, entry, {
    ...options,
    isSymlink: false,
  });
}

/**
 * A user namespace cannot make devices; other rootless engines leave them out of an image and so does this one. The sandbox mounts
 * its own /dev anyway.
 */
function leaveOutDevice(root: UnpackRoot, place: Place, options: AttributeOptions): void {
  options.warn?.(`the device ${show(place.path)} was left out: devices cannot be made in a user namespace`);
  root.clear(place);
  if (root.lower.at(place.path) !== undefined) {
    root.lower.hide(place.path);
    makeWhiteout(root, place);
  }
}

/** Directories get their attributes at the end: see UnpackRoot.directories. */
export function unpackDirectory(root: UnpackRoot, place: Place, entry: LayerEntry): void {
  const name = nameInDirectory(place.name);
  const make = () => fileCalls().mkdirat(root.open(place), name, 0o700);
  const result = make();
  if (result === -EEXIST && root.statusOf(place)?.kind !== "directory") {
    root.clear(place);
    ok(make(), "mkdirat", place.path);
  } else if (result !== -EEXIST) {
    ok(result, "mkdirat", place.path);
  }
  root.directories.set(place.path, entry);
}

/** Makes a second name for what is at `target`, which is in the directory already. */
export function unpackLink(root: UnpackRoot, place: Place, target: Place): void {
  if (target.path === place.path) return;
  if (target.path.startsWith(`${place.path}/`)) {
    replaceAbove(root, place, target);
    return;
  }
  const result = root.makeFresh(place, () => link(root, target, place));
  if (result === -EPERM && root.statusOf(target)?.kind === "directory") {
    throw refused(place.path, "it is a hard link to a directory");
  }
  ok(result, "linkat", place.path);
}

function link(root: UnpackRoot, from: Place, to: Place): number {
  const [source, name] = [nameInDirectory(from.name), nameInDirectory(to.name)];
  return fileCalls().linkat(root.open(from), source, root.open(to), name, 0);
}

/** The link takes the place of a directory that its target is in. No layer can bring the name it has in between. */
function replaceAbove(root: UnpackRoot, place: Place, target: Place): void {
  const aside: Place = { ...place, name: ".wh..wh.link" };
  ok(link(root, target, aside), "linkat", place.path);
  root.clear(place);
  const [from, to] = [nameInDirectory(aside.name), nameInDirectory(place.name)];
  ok(fileCalls().renameat(root.open(aside), from, root.open(place), to), "renameat", place.path);
}

/** The mark of an overlay lower directory for a name that lower layers must not show; returns the name it has itself. */
export function makeWhiteout(root: UnpackRoot, place: Place): string {
  const directory = root.open(place);
  const make = (name: string, kind: number) =>
    fileCalls().mknodat(directory, nameInDirectory(name), kind, 0, 0);
  const result = make(place.name, constants.S_IFCHR);
  if (result !== -EPERM || !isOnOverlay(directory)) {
    ok(result, "mknodat", place.path);
    return place.name;
  }
  const name = `${whiteoutPrefix}${place.name}`;
  const marked = make(name, constants.S_IFREG);
  if (marked !== -EEXIST) ok(marked, "mknodat", place.path);
  return name;
}
