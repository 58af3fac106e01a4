import type { ImageTree } from "./tree.ts";

/** Only what is at a path or below, with the directories that lead there. */
export function partOfTree(tree: ImageTree, path: string): Pick<ImageTree, "get" | "walk"> {
  return {
    get: (at) => (isAtOrBelow(at, path) || isAtOrBelow(path, at) ? tree.get(at) : undefined),
    *walk() {
      const parts = path.split("/");
      if (path !== "")
        for (let end = 0; end < parts.length; end++) yield tree.get(parts.slice(0, end).join("/"))!;
      yield* tree.walk(path);
    },
  };
}

/** Of clean paths. */
export function isAtOrBelow(path: string, directory: string): boolean {
  return directory === "" || path === directory || path.startsWith(`${directory}/`);
}
