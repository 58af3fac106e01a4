import { realpathSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import {
  defaultDockerfileLimits,
  ignoreFileLimits,
  ignoreFileNames,
  type PathMatcher,
  parseIgnoreFile,
} from "../../dockerfile/mod.ts";
import { errnoOf, KasaneError, messageOf } from "../../lib/mod.ts";
import { digestOf } from "../../oci/mod.ts";
import { builderSwitch } from "../builder-args.ts";
import type { ContentSpool } from "../content-spool.ts";
import { DirectorySource } from "../directory-source.ts";
import { downloadFile } from "../download-file.ts";
import type { GitSources } from "../git/git-sources.ts";
import { KnownDigests } from "../known/known-digests.ts";
import type { BuildContext, DockerfileSelection } from "../options.ts";
import type { SourceTree } from "../source-tree.ts";
import { openArchiveContext } from "./archive-context.ts";
import { type ContextOrigin, contextOrigin, knownOrigin } from "./context-origin.ts";
import { openRepository } from "./git-context.ts";
import { defaultDockerfileNames, openTree } from "./tree-context.ts";

const contextName = "the build context";

/** A build's inputs from outside. */
export interface OpenedContext {
  readonly dockerfile: { readonly text: string | Uint8Array; readonly name: string };
  /** What the ignore file leaves of it. */
  readonly origin: ContextOrigin;
  readonly ignore?: PathMatcher | undefined;
  /** Of a directory: its files' digests, to be saved when the build is over. */
  readonly known?: KnownDigests;
  /** Where the context has a time of its own: that of a commit. */
  readonly timeSeconds?: number;
}

export interface OpenContextOptions {
  readonly context: BuildContext;
  readonly dockerfile?: DockerfileSelection | undefined;
  /** In place of the one that stands beside the Dockerfile or in the context. */
  readonly ignoreFile?: string | undefined;
  readonly newSpool: () => ContentSpool;
  /** Where the digests of earlier builds' files are kept; absent where no file is read. */
  readonly knownDigests?: string;
  readonly git: GitSources;
  readonly buildArgs?: Readonly<Record<string, string>> | undefined;
  readonly secrets?: ReadonlyMap<string, Uint8Array> | undefined;
  readonly signal: AbortSignal;
}

/**
 * Finds Dockerfile and ignore file, and makes the context readable.
 * @throws KasaneError `not-found`, `io`, `invalid-archive`, `invalid-dockerfile`, `limit-exceeded`
 */
export async function openContext(options: OpenContextOptions): Promise<OpenedContext> {
  const { context, dockerfile, signal, secrets } = options;
  if (dockerfile?.kind === "path") refusePreprocessed(dockerfile.path);
  switch (context.kind) {
    case "directory":
      return openDirectory(context.path, options);
    case "tar":
      return openArchiveContext(context.stream, { ...options, name: contextName, from: "on standard input" });
    case "http": {
      const stream = downloadFile(context.address, { signal, secrets });
      const from = `from ${context.address.replace(/\/\/[^/@]*@/, "//").replace(/[?#].*/s, "")}`;
      return openArchiveContext(stream, { ...options, name: contextName, from });
    }
    case "git": {
      const {
        address,
        keepGitDir = builderSwitch(options.buildArgs, "BUILDKIT_CONTEXT_KEEP_GIT_DIR") || undefined,
      } = context;
      const found = await openRepository(address, { git: options.git, name: contextName, keepGitDir });
      const opened = await openTree(found.tree, dockerfile, found.without);
      return { ...opened, timeSeconds: found.timeSeconds };
    }
    case "none":
      return openNothing(dockerfile);
  }
}

/** buildah runs the C preprocessor over such a file; read as it stands, its directives would be comments. */
function refusePreprocessed(path: string): void {
  if (!path.endsWith(".in")) return;
  throw new KasaneError(
    "unsupported",
    `${path} is written for the C preprocessor, which Kasane does not run`,
    {
      hint: `do it yourself: cpp -P -traditional ${path} | kasane build -f - CONTEXT`,
    },
  );
}

async function openDirectory(path: string, options: OpenContextOptions): Promise<OpenedContext> {
  const directory = realDirectory(path);
  const { file, ...dockerfile } = await readDockerfile(directory, options.dockerfile);
  const ignore = await readIgnoreFile(directory, file, options.ignoreFile);
  const { knownDigests } = options;
  const known = knownDigests === undefined ? undefined : new KnownDigests(knownDigests, directory);
  const tree = new DirectorySource(directory, {
    name: contextName,
    ignore,
    ...(known && { known: known.files }),
  });
  const origin = known
    ? knownOrigin(tree, known.selections, digestOf(ignore?.text ?? ""))
    : contextOrigin(tree);
  return { dockerfile, ignore, origin, ...(known && { known }) };
}

async function readIgnoreFile(
  directory: string,
  dockerfile: string | undefined,
  given: string | undefined,
): Promise<PathMatcher | undefined> {
  // An ignore file of the Dockerfile's own stands beside it, wherever that is.
  const usual = ignoreFileNames(dockerfile).map((name) =>
    name === ".dockerignore" ? join(directory, name) : name,
  );
  for (const candidate of given === undefined ? usual : [given]) {
    const bytes = await readIfThere(candidate, ignoreFileLimits.maxBytes + 1);
    if (bytes) return parseIgnoreFile(bytes, shownPath(directory, candidate));
  }
  if (given === undefined) return undefined;
  throw new KasaneError("not-found", `there is no ignore file at ${given}`, {
    hint: "give its path with --ignorefile, or leave that out",
  });
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
  const candidates = selection
    ? [selection.path]
    : defaultDockerfileNames.map((name) => join(directory, name));
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

export async function openNothing(selection: DockerfileSelection | undefined): Promise<OpenedContext> {
  if (!selection) throw new KasaneError("usage", "a build without a context needs its Dockerfile given");
  const dockerfile =
    selection.kind === "text"
      ? { text: selection.text, name: selection.name ?? "Dockerfile" }
      : { text: await readFile(selection.path), name: basename(selection.path) };
  return { dockerfile, origin: contextOrigin(new EmptyContext()) };
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
