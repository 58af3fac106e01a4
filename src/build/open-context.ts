import { realpathSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import {
  defaultDockerfileLimits,
  ignoreFileLimits,
  ignoreFileNames,
  type PathMatcher,
  parseIgnoreFile,
} from "../dockerfile/mod.ts";
import { collect, errnoOf, KasaneError, messageOf } from "../lib/mod.ts";
import { openArchive } from "./archive.ts";
import type { ContentSpool } from "./content-spool.ts";
import { DirectorySource } from "./directory-source.ts";
import { KnownDigests } from "./known-digests.ts";
import type { BuildContext, DockerfileSelection } from "./options.ts";
import { resolveLinks, type SourceTree } from "./source-tree.ts";
import { SpooledTar } from "./spooled-tar.ts";
import { TarSource } from "./tar-source.ts";

const contextName = "the build context";
const defaultNames = ["Dockerfile", "Containerfile"];

/** A build's inputs from outside. */
export interface OpenedContext {
  readonly dockerfile: { readonly text: string | Uint8Array; readonly name: string };
  /** What the ignore file leaves of it. */
  readonly tree: SourceTree;
  readonly ignore?: PathMatcher | undefined;
  /** Of a directory: its files' digests, to be saved when the build is over. */
  readonly known?: KnownDigests;
}

export interface OpenContextOptions {
  readonly context: BuildContext;
  readonly dockerfile?: DockerfileSelection | undefined;
  readonly newSpool: () => ContentSpool;
  /** Where the digests of earlier builds' files are kept; absent where no file is read. */
  readonly knownDigests?: string;
  readonly signal: AbortSignal;
}

/**
 * Finds Dockerfile and ignore file, and makes the context readable.
 * @throws KasaneError `not-found`, `io`, `invalid-archive`, `invalid-dockerfile`, `limit-exceeded`
 */
export async function openContext(options: OpenContextOptions): Promise<OpenedContext> {
  const { context } = options;
  switch (context.kind) {
    case "directory":
      return openDirectory(context.path, options);
    case "tar":
      return openTar(context, options);
    case "none":
      return openNothing(options.dockerfile);
  }
}

async function openDirectory(path: string, options: OpenContextOptions): Promise<OpenedContext> {
  const directory = realDirectory(path);
  const { file, ...dockerfile } = await readDockerfile(directory, options.dockerfile);
  // An ignore file of the Dockerfile's own stands beside it, wherever that is.
  const candidates = ignoreFileNames(file).map((name) =>
    name === ".dockerignore" ? join(directory, name) : name,
  );
  let ignore: PathMatcher | undefined;
  for (const candidate of candidates) {
    const bytes = await readIfThere(candidate, ignoreFileLimits.maxBytes + 1);
    if (!bytes) continue;
    ignore = parseIgnoreFile(bytes, shownPath(directory, candidate));
    break;
  }
  const known =
    options.knownDigests === undefined ? undefined : new KnownDigests(options.knownDigests, directory);
  const tree = new DirectorySource(directory, { name: contextName, ignore, ...(known && { known }) });
  return { dockerfile, ignore, tree, ...(known && { known }) };
}

function realDirectory(path: string): string {
  try {
    const real = realpathSync(path);
    if (statSync(real).isDirectory()) return real;
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw unreadable(path, error);
    throw new KasaneError("not-found", `the build context ${path} does not exist`, {
      hint: "name the directory that holds the files of the build: kasane build -t NAME DIRECTORY",
      cause: error,
    });
  }
  throw new KasaneError("usage", `the build context ${path} is not a directory`, {
    hint: "name its directory as the context, and a Dockerfile with --file; an archive goes to standard input",
  });
}

async function readDockerfile(
  directory: string,
  selection: DockerfileSelection | undefined,
): Promise<{ text: string | Uint8Array; name: string; file?: string }> {
  if (selection?.kind === "text") return { text: selection.text, name: selection.name ?? "Dockerfile" };
  const candidates = selection ? [selection.path] : defaultNames.map((name) => join(directory, name));
  for (const file of candidates) {
    const text = await readIfThere(file, defaultDockerfileLimits.maxBytes + 1);
    if (text) return { text, name: shownPath(directory, file), file };
  }
  throw new KasaneError("not-found", `there is no Dockerfile at ${candidates[0]}`, {
    hint: selection ? "give its path with --file" : "name another file with --file",
  });
}

/** At most `limitBytes` of a file, so that one byte over a limit is enough to see that it is. */
async function readIfThere(file: string, limitBytes: number): Promise<Uint8Array | undefined> {
  try {
    const size = statSync(file).size;
    if (size <= limitBytes) return await readFile(file);
    return new Uint8Array(await Bun.file(file).slice(0, limitBytes).arrayBuffer());
  } catch (error) {
    if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ENOTDIR") return undefined;
    throw unreadable(file, error);
  }
}

function unreadable(path: string, error: unknown): KasaneError {
  return new KasaneError("io", `cannot read ${path}: ${messageOf(error)}`, { cause: error });
}

function shownPath(directory: string, file: string): string {
  const inside = relative(directory, file);
  return inside.startsWith("..") || inside === "" ? file : inside;
}

async function openTar(
  context: Extract<BuildContext, { kind: "tar" }>,
  options: OpenContextOptions,
): Promise<OpenedContext> {
  const raw = options.newSpool();
  for await (const chunk of context.stream) await raw.write(chunk);
  await raw.flush();
  const open = await openArchive(() => raw.read(0, raw.offset), {
    name: contextName,
    signal: options.signal,
  });
  // Not an archive: what came is the Dockerfile itself, as for docker build -.
  if (!open) {
    if (options.dockerfile?.kind === "path") {
      throw new KasaneError(
        "invalid-archive",
        "what came on standard input is no archive, so there is no file in it",
      );
    }
    const text = await collect(raw.read(0, raw.offset), defaultDockerfileLimits.maxBytes, "the Dockerfile");
    return openNothing({ kind: "text", text, name: "Dockerfile" });
  }
  const tar = await SpooledTar.read(open(), options.newSpool(), contextName);
  const whole = new TarSource(tar, { name: contextName });
  const { text, name, path } = await tarDockerfile(whole, options.dockerfile);
  let ignore: PathMatcher | undefined;
  for (const candidate of ignoreFileNames(path)) {
    const bytes = await readNode(whole, candidate, ignoreFileLimits.maxBytes);
    if (!bytes) continue;
    ignore = parseIgnoreFile(bytes, candidate);
    break;
  }
  return {
    dockerfile: { text, name },
    ignore,
    tree: ignore ? new TarSource(tar, { name: contextName, ignore }) : whole,
  };
}

async function tarDockerfile(
  tree: SourceTree,
  selection: DockerfileSelection | undefined,
): Promise<{ text: string | Uint8Array; name: string; path?: string }> {
  if (selection?.kind === "text") return { text: selection.text, name: selection.name ?? "Dockerfile" };
  const candidates = selection ? [selection.path] : defaultNames;
  for (const path of candidates) {
    const text = await readNode(tree, path, defaultDockerfileLimits.maxBytes);
    if (text) return { text, name: path, path };
  }
  throw new KasaneError("not-found", `there is no ${candidates[0]} in ${tree.name}`, {
    hint: "name another file with --file",
  });
}

async function readNode(tree: SourceTree, path: string, limitBytes: number): Promise<Uint8Array | undefined> {
  const resolved = resolveLinks(tree, path);
  const node = resolved === undefined ? undefined : tree.get(resolved);
  return node?.type === "file" ? collect(tree.open(node), limitBytes, path) : undefined;
}

async function openNothing(selection: DockerfileSelection | undefined): Promise<OpenedContext> {
  if (!selection) throw new KasaneError("usage", "a build without a context needs its Dockerfile given");
  const dockerfile =
    selection.kind === "text"
      ? { text: selection.text, name: selection.name ?? "Dockerfile" }
      : { text: await readFile(selection.path), name: basename(selection.path) };
  return { dockerfile, tree: new EmptyContext() };
}

/** The context of a build that has none: copying from it says so. */
class EmptyContext implements SourceTree {
  readonly name = "the build context (there is none)";

  get(path: string): ReturnType<SourceTree["get"]> {
    if (path !== "") return undefined;
    return { path: "", type: "directory", mode: 0o755, uid: 0, gid: 0, sizeBytes: 0 };
  }

  children(): [] {
    return [];
  }

  isHidden(): boolean {
    return false;
  }

  digest(): never {
    throw new KasaneError("internal", "an empty context has no files");
  }

  async prepare(): Promise<void> {}

  open(): never {
    throw new KasaneError("internal", "an empty context has no files");
  }
}
