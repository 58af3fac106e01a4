import type { PathMatcher } from "../../dockerfile/mod.ts";
import { digestHex } from "../../oci/mod.ts";
import type { SelectedSource } from "../select-sources.ts";
import { joinPath, parentPath, type SourceNode, walkSource } from "../source-tree.ts";

/** Type and mode, owner, and what is in it: `["f644", "0:0", "3f2a…"]`. */
export type FileFact = readonly [attributes: string, owner: string, content: string];

/** The files a step was given, by path, as far as it takes to tell which of them changed. */
export interface FileFacts {
  readonly facts: Readonly<Record<string, FileFact>>;
  /** True where there were so many that a fact stands for all files of a directory. */
  readonly isFolded?: boolean;
}

const factLimit = 20_000;
/** Of a digest: enough to see a change, not to prove that there is none. */
const shownDigits = 12;
/** Between how many files other work of the process gets its turn. */
const breathe = 512;

/** Contents were hashed for the key already, so that nothing is read. */
export async function fileFacts(
  sources: readonly SelectedSource[],
  options: { exclude?: PathMatcher | undefined } = {},
): Promise<FileFacts> {
  const facts: Record<string, FileFact> = {};
  let count = 0;
  for (const { tree, node: top, only } of sources) {
    for (const node of walkSource(tree, top)) {
      const below = node.path.slice(top.path.length).replace(/^\//, "");
      if (below !== "" && options.exclude?.matches(below)) continue;
      if (only && node.type !== "directory" && !only.matches(below)) continue;
      const content = node.type === "file" ? digestHex(await tree.digest(node)).slice(0, shownDigits) : "";
      facts[node.path === "" ? "." : node.path] = factOf(node, content);
      if (++count % breathe === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  }
  return count > factLimit ? fold(facts) : { facts };
}

function factOf(node: SourceNode, content: string): FileFact {
  const { type, mode, uid, gid, linkTarget, deviceMajor, deviceMinor } = node;
  const what = linkTarget ?? (deviceMajor === undefined ? content : `${deviceMajor}:${deviceMinor}`);
  return [`${type[0]}${mode.toString(8)}`, `${uid}:${gid}`, what];
}

/** One fact for each directory: which file it was cannot be told any more, but where. */
function fold(facts: Readonly<Record<string, FileFact>>): FileFacts {
  const hashers = new Map<string, Bun.CryptoHasher>();
  for (const [path, fact] of Object.entries(facts)) {
    const directory = joinPath(parentPath(path), "*");
    const hasher = hashers.get(directory) ?? new Bun.CryptoHasher("sha256");
    hashers.set(directory, hasher);
    hasher.update(`${JSON.stringify([path, fact])}\n`);
  }
  if (hashers.size > factLimit) return { facts: {}, isFolded: true };
  const folded = [...hashers].map(([directory, hasher]): [string, FileFact] => [
    directory,
    ["*", "", hasher.digest("hex").slice(0, shownDigits)],
  ]);
  return { facts: Object.fromEntries(folded), isFolded: true };
}
