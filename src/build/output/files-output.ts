import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { extractTar } from "../../layer/mod.ts";
import { makeOutputDirectory } from "../../lib/mod.ts";
import { formatPlatform, isIndexType } from "../../oci/mod.ts";
import { imageFiles, type LocalStore } from "../../store/mod.ts";
import { type TarInput, writeTar } from "../../tar/mod.ts";
import type { BuiltImage, BuiltPlatform } from "../built-image.ts";
import type { BuildOutput } from "./build-output.ts";

export interface FilesOptions {
  /** Each platform in a directory of its own, `linux_amd64`; absent: where there are several. */
  readonly platformSplit?: boolean | undefined;
}

/** The image's files as one tar. `write` gets its bytes. */
export function tarOutput(
  options: FilesOptions & { readonly write: (tar: AsyncIterable<Uint8Array>) => Promise<void> },
): BuildOutput {
  return {
    title: "client tarball",
    write: (image, { store }) => options.write(writeTar(allFiles(store, image, options))),
  };
}

/**
 * The image's files in a directory, which is made where it is not there. They belong to whoever builds; devices that he may not make are
 * left out with a warning. `delete` takes away what else is in the directory.
 */
export function directoryOutput(
  options: FilesOptions & {
    readonly directory: string;
    readonly mode: "copy" | "delete";
    readonly warn?: (message: string) => void;
  },
): BuildOutput {
  const { directory, mode, warn } = options;
  return {
    title: "client directory",
    async write(image, { store, signal }) {
      makeOutputDirectory(directory);
      const written = new Set<string>();
      const noted = async function* (): AsyncGenerator<TarInput> {
        for await (const input of allFiles(store, image, options)) {
          signal.throwIfAborted();
          // The directory itself is the caller's.
          if (input.entry.path === "./") continue;
          written.add(input.entry.path);
          yield input;
        }
      };
      await extractTar(noted(), directory, { ownership: "drop", keepXattrs: false, ...(warn && { warn }) });
      if (mode === "delete") await removeOthers(directory, "", withParents(written));
    },
  };
}

async function* allFiles(
  store: LocalStore,
  { platforms, root }: BuiltImage,
  { platformSplit = isIndexType(root.mediaType) }: FilesOptions,
): AsyncGenerator<TarInput> {
  for (const one of platforms) {
    const files = await imageFiles(store, one.image);
    yield* platformSplit ? below(directoryName(one), files) : files;
  }
}

function directoryName({ platform }: BuiltPlatform): string {
  return formatPlatform(platform).replaceAll("/", "_");
}

/** Everything one directory further down; names inside an archive go with it, what symlinks say does not. */
async function* below(directory: string, files: AsyncIterable<TarInput>): AsyncGenerator<TarInput> {
  const root = { mode: 0o755, uid: 0, gid: 0, sizeBytes: 0, modified: { seconds: 0, nanoseconds: 0 } };
  yield { entry: { ...root, path: directory, type: "directory" } };
  for await (const { entry, ...rest } of files) {
    if (entry.path === "./") continue;
    const path = `${directory}/${entry.path}`;
    const link = entry.type === "hardlink" ? { linkTarget: `${directory}/${entry.linkTarget}` } : {};
    yield { ...rest, entry: { ...entry, path, ...link } };
  }
}

function withParents(paths: ReadonlySet<string>): Set<string> {
  const all = new Set<string>();
  for (let path of paths) {
    for (; path !== "" && !all.has(path); path = path.slice(0, Math.max(0, path.lastIndexOf("/")))) {
      all.add(path);
    }
  }
  return all;
}

async function removeOthers(root: string, directory: string, kept: ReadonlySet<string>): Promise<void> {
  for (const entry of await readdir(join(root, directory), { withFileTypes: true })) {
    const path = directory === "" ? entry.name : `${directory}/${entry.name}`;
    if (!kept.has(path)) await rm(join(root, path), { recursive: true, force: true });
    else if (entry.isDirectory()) await removeOthers(root, path, kept);
  }
}
