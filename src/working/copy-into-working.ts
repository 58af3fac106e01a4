import { statSync } from "node:fs";
import { resolve } from "node:path";
import { copyIntoRoot, isAddress, isGitAddress, type RootCopySource } from "../build/mod.ts";
import { type WorkingContainer, withContainerRoot } from "../container/mod.ts";
import { applyLayer } from "../layer/mod.ts";
import { KasaneError } from "../lib/mod.ts";
import { type Digest, DigestHasher } from "../oci/mod.ts";
import { hasSingleUid } from "../sandbox/mod.ts";
import type { LocalImage, LocalStore } from "../store/mod.ts";
import { writeTar } from "../tar/mod.ts";

export interface CopyIntoWorkingOptions {
  /** Paths and patterns of this machine (or of `from`), and addresses. */
  readonly sources: readonly string[];
  /** Absent: the container's working directory. */
  readonly destination?: string;
  /** Instead of this machine. */
  readonly from?:
    | { readonly kind: "container"; readonly container: WorkingContainer }
    | { readonly kind: "image"; readonly name: string; readonly image: LocalImage };
  /** Sources are paths in it, and `ignore` hides some. Absent: the current directory, and no limit. */
  readonly context?: Extract<RootCopySource, { kind: "directory" }>;
  readonly chown?: string;
  readonly chmod?: string;
  /** Archives are unpacked. */
  readonly unpack: boolean;
  readonly signal: AbortSignal;
  readonly onWarning?: (message: string) => void;
}

/** What was copied: the digest of the tar it would be, and whether it was a `file`, a `dir`, or `multi`. */
export interface CopiedContent {
  readonly kind: "file" | "dir" | "multi";
  readonly digest: Digest;
}

/**
 * Copies into a working container as COPY and ADD do, by the builder's own rules, into its root as it is.
 * @throws KasaneError `not-found`, `usage`, and those of COPY and ADD
 */
export async function copyIntoWorking(
  store: LocalStore,
  container: WorkingContainer,
  options: CopyIntoWorkingOptions,
): Promise<CopiedContent> {
  const { from } = options;
  const into = (source: RootCopySource) =>
    withContainerRoot(store, container, (root) => copyInto(store, container, root, source, options));
  if (from?.kind !== "container") return into(from ?? options.context ?? { kind: "directory", path: "/" });
  const read = (use: (path: string) => Promise<CopiedContent>) =>
    withContainerRoot(store, from.container, use);
  if (from.container.id === container.id) {
    return read((path) => copyInto(store, container, path, { kind: "directory", path }, options));
  }
  // Always the one before the other, or two that copy both ways would wait for each other.
  if (from.container.id < container.id) return read((path) => into({ kind: "directory", path }));
  return withContainerRoot(store, container, (root) =>
    read((path) => copyInto(store, container, root, { kind: "directory", path }, options)),
  );
}

async function copyInto(
  store: LocalStore,
  container: WorkingContainer,
  root: string,
  source: RootCopySource,
  options: CopyIntoWorkingOptions,
): Promise<CopiedContent> {
  const isHost = options.from === undefined && options.context === undefined;
  const { chown, chmod, unpack, signal, onWarning } = options;
  const copy = {
    ...{ root, source, unpack, signal },
    sources: isHost ? options.sources.map(hostPattern) : options.sources,
    destination: destinationOf(container, options),
    ...(chown !== undefined && { chown }),
    ...(chmod !== undefined && { chmod }),
  };
  return copyIntoRoot(store, copy, async (members) => {
    const hasher = new DigestHasher();
    const tar = async function* () {
      for await (const chunk of writeTar(members)) {
        signal.throwIfAborted();
        hasher.update(chunk);
        yield chunk;
      }
    };
    await applyLayer(tar(), root, {
      mode: { kind: "merge" },
      typeConflicts: "refuse",
      ownership: hasSingleUid() ? "ignore" : "keep",
      ...(onWarning && { warn: onWarning }),
    });
    return { kind: kindOf(options, isHost), digest: hasher.digest() };
  });
}

/** Several sources, or none that is one file, go into a directory. */
function destinationOf(
  { settings }: WorkingContainer,
  { sources, destination }: CopyIntoWorkingOptions,
): string {
  const workdir = settings.config.WorkingDir || "/";
  if (destination === undefined)
    return resolve("/", workdir)
      .replace(/(?<=.)$/, "/")
      .replace("//", "/");
  const path = resolve("/", workdir, destination);
  const isDirectory = /(^|\/)\.?$/.test(destination) || sources.length > 1;
  return isDirectory && path !== "/" ? `${path}/` : path;
}

/** A path of this machine as a pattern below its root. What the shell left as it is may be one; the current directory is none. */
function hostPattern(source: string): string {
  if (isAddress(source) || isGitAddress(source)) return source;
  if (!/[*?[\\]/.test(source)) {
    const absolute = resolve(source);
    if (!statSync(absolute, { throwIfNoEntry: false })) {
      throw new KasaneError("not-found", `cannot copy ${source}: no such file or directory`, {
        hint: "check the path; it is told from the current directory",
        data: { exitCode: 125 },
      });
    }
    return escaped(absolute);
  }
  return source.startsWith("/") ? source : `${escaped(process.cwd())}/${source}`;
}

function escaped(path: string): string {
  return path.replaceAll(/[*?[\\]/g, "\\$&");
}

function kindOf({ sources }: CopyIntoWorkingOptions, isHost: boolean): CopiedContent["kind"] {
  if (sources.length > 1) return "multi";
  const isDirectory = isHost && statSync(sources[0]!, { throwIfNoEntry: false })?.isDirectory();
  return isDirectory ? "dir" : "file";
}
