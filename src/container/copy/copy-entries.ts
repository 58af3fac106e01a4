import { directoryTar } from "../../layer/mod.ts";
import type { TarInput } from "../../tar/mod.ts";

/** Something in a directory that can be opened: the directory itself where `name` is absent. */
export interface EntrySource {
  readonly directory: string;
  readonly name?: string;
  readonly ownership: "keep" | "ignore";
}

/** The entries of a file or tree, called `name` instead of what it is called there; `.`: what is in the directory, and the directory as `./`. */
export async function* entriesOf(source: EntrySource, name: string): AsyncGenerator<TarInput> {
  const { directory, name: start, ownership } = source;
  const rename = (path: string) => renamed(path, start, name);
  const inputs = directoryTar(directory, {
    ownership,
    ...(start === undefined ? { includeRoot: true } : { start }),
  });
  for await (const { entry, ...rest } of inputs) {
    const path = rename(entry.path);
    const isLink = entry.type === "hardlink" && entry.linkTarget !== undefined;
    yield {
      ...rest,
      entry: { ...entry, path, ...(isLink && { linkTarget: rename(entry.linkTarget!) }) },
    };
  }
}

function renamed(path: string, from: string | undefined, to: string): string {
  const below = from === undefined ? (path === "./" ? "" : path) : path.slice(from.length).replace(/^\//, "");
  if (to === ".") return below === "" ? "./" : below;
  return below === "" ? to : `${to}/${below}`;
}

/** Entries below a directory of the target, owned by whoever is asked for. */
export async function* entriesInto(
  inputs: AsyncIterable<TarInput>,
  directory: string,
  owner?: { readonly uid: number; readonly gid: number },
): AsyncGenerator<TarInput> {
  const into = (path: string) => {
    const clean = path.replace(/^(\.?\/)+/, "");
    return directory === "" ? clean || "./" : clean === "" ? directory : `${directory}/${clean}`;
  };
  for await (const { entry, ...rest } of inputs) {
    const isLink = entry.type === "hardlink" && entry.linkTarget !== undefined;
    yield {
      ...rest,
      entry: {
        ...entry,
        ...owner,
        path: into(entry.path),
        ...(isLink && { linkTarget: into(entry.linkTarget!) }),
      },
    };
  }
}
