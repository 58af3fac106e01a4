import { KasaneError } from "../lib/mod.ts";
import type { TarInput } from "../tar/mod.ts";
import { hardLink } from "./diff.ts";
import { DirectoryHandles, joinPath } from "./directory-handles.ts";
import { fileContent } from "./file-content.ts";
import { whiteoutPrefix } from "./layer-path.ts";
import { type ReadTreeOptions, readEntry, sortedNames } from "./read-tree.ts";
import { show } from "./unpack-error.ts";

/**
 * A whole directory tree as sorted, deterministic tar inputs, its root first: a layer for `import`, and what `export` writes of a
 * mounted tree. Hard links stay links, sockets are left out, and nothing outside the directory is read.
 * @throws KasaneError `not-found`, `unsupported` for names that would remove files in a layer, `limit-exceeded` for paths over 4096 bytes
 */
export async function* directoryTar(path: string, options: ReadTreeOptions = {}): AsyncGenerator<TarInput> {
  const directory = new DirectoryHandles(path);
  const firstNames = new Map<string, string>();
  const pending = [""];
  try {
    while (pending.length > 0) {
      const at = pending.pop()!;
      const disk = readEntry(directory, at, options);
      if (disk === undefined || disk.status.kind === "socket") continue;
      if (at.slice(at.lastIndexOf("/") + 1).startsWith(whiteoutPrefix)) throw removesFiles(at);
      const entry = { ...disk.entry, path: at === "" ? "./" : at };
      if (entry.type === "directory") {
        yield { entry };
        // Depth first and sorted: the last one in is the next one out.
        pending.push(
          ...sortedNames(directory, at)
            .map((name) => joinPath(at, name))
            .reverse(),
        );
        continue;
      }
      const first = firstNames.get(disk.status.identity);
      if (first !== undefined) {
        yield { entry: hardLink(entry, first) };
        continue;
      }
      if (disk.status.linkCount > 1) firstNames.set(disk.status.identity, at);
      if (entry.type === "file") yield { entry, content: fileContent(directory, at, entry.sizeBytes) };
      else yield { entry };
    }
  } finally {
    directory.close();
  }
}

function removesFiles(path: string): KasaneError {
  return new KasaneError(
    "unsupported",
    `cannot make a layer: the name of ${show(path)} would remove a file`,
    {
      hint: `in layers, names that start with ${whiteoutPrefix} stand for removed files`,
    },
  );
}
