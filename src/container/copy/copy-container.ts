import { applyLayer, InsideRoot } from "../../layer/mod.ts";
import { writeInPlace } from "../../lib/libc/mod.ts";
import { type ByteSource, KasaneError } from "../../lib/mod.ts";
import { hasSingleUid } from "../../sandbox/mod.ts";
import type { LocalStore } from "../../store/mod.ts";
import { readTar, type TarInput, writeTar } from "../../tar/mod.ts";
import type { Container } from "../container.ts";
import { withContainerRoot } from "../container-root.ts";
import { entriesInto, entriesOf } from "./copy-entries.ts";
import { planCopy, splitPath } from "./copy-plan.ts";
import { hostDestination, hostSource } from "./host-path.ts";

export interface CopyOptions {
  /** Copy what a link at the end of the source leads to, instead of the link. */
  readonly followLink?: boolean;
  /** Files that come out keep their owner, as far as this process may give files away; else they belong to it. */
  readonly keepOwner?: boolean;
  readonly signal?: AbortSignal;
  readonly warn?: (message: string) => void;
}

/**
 * Copies a file or tree out of a container to a path of this machine, by docker's rules for paths.
 * @returns bytes of the tar that it would have been
 * @throws KasaneError `not-found`, `conflict`, `io`, `no-space`
 */
export async function copyFromContainer(
  store: LocalStore,
  container: Container,
  path: string,
  destination: string,
  options: CopyOptions = {},
): Promise<number> {
  const to = hostDestination(destination);
  return fromContainer(store, container, path, options, async (thing, entries) => {
    const { directory, name } = planCopy(thing, to);
    if (to.isDevice) return intoDevice(entries(name), to.path, options);
    const owner = options.keepOwner ? undefined : { uid: process.getuid!(), gid: process.getgid!() };
    return apply(entriesInto(entries(name), "", owner), directory, "keep", options);
  });
}

/** What is no file would take the place of the device. */
async function intoDevice(
  inputs: AsyncIterable<TarInput>,
  path: string,
  { signal }: CopyOptions,
): Promise<number> {
  for await (const { entry, content = [] } of inputs) {
    if (entry.type !== "file") break;
    await writeInPlace(path, content, signal);
    return entry.sizeBytes;
  }
  throw new KasaneError("conflict", `cannot copy to ${path}: a device or pipe takes files only`, {
    hint: "name a directory, or something that is not there yet",
  });
}

/** The same as a tar, handed to `write`. */
export async function readFromContainer(
  store: LocalStore,
  container: Container,
  path: string,
  write: (tar: AsyncIterable<Uint8Array>) => Promise<void>,
  options: CopyOptions = {},
): Promise<void> {
  await fromContainer(store, container, path, options, (thing, entries) =>
    write(writeTar(entries(thing.name))),
  );
}

/** Copies a file or tree of this machine into a container, by docker's rules for paths; numeric owners are kept. As copyFromContainer(). */
export async function copyToContainer(
  store: LocalStore,
  container: Container,
  source: string,
  path: string,
  options: CopyOptions = {},
): Promise<number> {
  const host = hostSource(source, { followLink: options.followLink ?? false });
  return toContainer(store, container, async (inside, root) => {
    const found = inside.follow(path);
    if (found.kind?.endsWith("-device")) {
      throw new KasaneError("conflict", `cannot copy to ${container.name}:${path}: there is a device`, {
        hint: "name a directory, or something that is not there yet",
      });
    }
    const at =
      found.path === undefined ? path : `/${found.path}${found.kind === "directory" ? "/." : endOf(path)}`;
    const plan = planCopy(host.thing, {
      path: at,
      exists: found.kind !== undefined,
      isDirectory: found.kind === "directory",
    });
    const directory = inside.follow(`${plan.directory}/.`);
    if (directory.kind !== "directory") throw noDirectory(container, plan.directory);
    refuseReadOnly(container, path, `/${directory.path}/${plan.name}`);
    return apply(entriesInto(entriesOf(host.source, plan.name), directory.path!), root, ownership(), options);
  });
}

/** Unpacks a tar into a directory of a container. As copyFromContainer(). */
export async function unpackToContainer(
  store: LocalStore,
  container: Container,
  tar: ByteSource,
  path: string,
  options: CopyOptions = {},
): Promise<number> {
  return toContainer(store, container, async (inside, root) => {
    const found = inside.follow(path);
    if (found.kind !== "directory") {
      throw new KasaneError("conflict", `destination ${container.name}:${path} must be a directory`, {
        hint: "a tar is unpacked into a directory that is there",
      });
    }
    refuseReadOnly(container, path, `/${found.path}`);
    return apply(entriesInto(membersOf(tar), found.path!), root, ownership(), options);
  });
}

async function fromContainer<T>(
  store: LocalStore,
  container: Container,
  path: string,
  { followLink }: CopyOptions,
  use: (
    thing: { name: string; isDirectory: boolean },
    entries: (name: string) => AsyncIterable<TarInput>,
  ) => Promise<T>,
): Promise<T> {
  return withContainerRoot(store, container, async (root) => {
    const inside = new InsideRoot(root);
    try {
      const found = followLink ? inside.follow(path) : inside.look(path);
      if (found.path === undefined || found.kind === undefined) throw noFile(container, path);
      const isDirectory = found.kind === "directory";
      const at = found.path;
      const parent = isDirectory ? at : at.slice(0, Math.max(0, at.lastIndexOf("/")));
      const directory = inside.nameOf(parent);
      if (directory === undefined) throw noFile(container, path);
      const source = {
        directory,
        ownership: ownership(),
        ...(!isDirectory && { name: at.slice(at.lastIndexOf("/") + 1) }),
      };
      const { name } = splitPath(`/${path}`);
      return await use({ name, isDirectory }, (as) => entriesOf(source, as));
    } finally {
      inside.close();
    }
  });
}

/** `at`: where it really goes. A volume may be written where the root may not, and the other way round. */
function refuseReadOnly({ name, settings }: Container, path: string, at: string): void {
  const clean = at.replace(/\/\.?$/, "");
  const [mount] = settings.mounts
    .filter(({ kind, target }) => kind !== "tmpfs" && `${clean}/`.startsWith(`${target}/`))
    .sort((a, b) => b.target.length - a.target.length);
  const isReadOnly =
    mount === undefined
      ? settings.readOnlyRoot
      : mount.kind === "image" || ("readOnly" in mount && mount.readOnly);
  if (!isReadOnly) return;
  throw new KasaneError(
    "conflict",
    mount === undefined
      ? `cannot copy to ${name}:${path}: its root is read-only`
      : `cannot copy to ${name}:${path}: what is mounted at ${mount.target} is read-only`,
    { hint: mount === undefined ? "it was made with --read-only" : "it was mounted with ro" },
  );
}

async function toContainer<T>(
  store: LocalStore,
  container: Container,
  use: (inside: InsideRoot, root: string) => Promise<T>,
): Promise<T> {
  return withContainerRoot(store, container, async (root) => {
    const inside = new InsideRoot(root);
    try {
      return await use(inside, root);
    } finally {
      inside.close();
    }
  });
}

/** Writes entries over what is there. @returns bytes of the tar that they would have been */
export async function apply(
  inputs: AsyncIterable<TarInput>,
  directory: string,
  ownership: "keep" | "ignore",
  { warn, signal }: CopyOptions,
): Promise<number> {
  let sizeBytes = 0;
  const counted = async function* () {
    for await (const chunk of writeTar(inputs)) {
      signal?.throwIfAborted();
      sizeBytes += chunk.length;
      yield chunk;
    }
  };
  await applyLayer(counted(), directory, {
    mode: { kind: "merge" },
    typeConflicts: "refuse",
    ownership,
    ...(warn && { warn }),
  });
  return sizeBytes;
}

/** @throws KasaneError `unsupported` for names that lead elsewhere */
export async function* membersOf(tar: ByteSource): AsyncGenerator<TarInput> {
  for await (const member of readTar(tar)) {
    const { path, type, deviceMajor, deviceMinor } = member;
    const isMark = type === "character-device" && !deviceMajor && !deviceMinor;
    if (path.split("/").includes("..") || isMark || /(^|\/)\.wh\.[^/]*\/?$/.test(path)) {
      throw new KasaneError(
        "unsupported",
        `cannot unpack ${JSON.stringify(path.slice(0, 200))} into a container`,
        {
          hint: "names with .. lead elsewhere, and marks of removed files belong into layers",
        },
      );
    }
    yield { entry: member, ...(type === "file" && { content: member.content() }) };
  }
}

/** Inside a container whose files all belong to one user, the true owner stands beside the file. */
export function ownership(): "keep" | "ignore" {
  return hasSingleUid() ? "ignore" : "keep";
}

/** The slash at a path's end, which says that a directory is meant. */
function endOf(path: string): string {
  return /\/\.?$/.exec(path)?.[0] ?? "";
}

function noFile({ name }: Container, path: string): KasaneError {
  return new KasaneError("not-found", `no such file in container ${name}: ${path}`, {
    hint: "a path is told from the container's root",
  });
}

function noDirectory({ name }: Container, path: string): KasaneError {
  return new KasaneError("not-found", `no such directory in container ${name}: ${path}`, {
    hint: "make it first",
  });
}
