import type { Dirent } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { errnoOf, mapConcurrent, messageOf } from "../../lib/mod.ts";
import { type Digest, digestAlgorithm, digestHex, isDigest } from "../../oci/mod.ts";
import { isRepositoryName, isTag } from "../../registry/mod.ts";
import {
  type RepositoryContents,
  readBounded,
  type SourceRepository,
  type SourceStore,
} from "./source-store.ts";

/** A link file holds one digest. */
const linkLimitBytes = 1024;
const jobs = 16;

/**
 * The store of distribution (`registry:2`, `registry:3`), `directory` being its `docker/registry/v2`:
 *
 *   blobs/sha256/ab/<hex>/data                                   every blob and manifest
 *   repositories/<name>/_layers/sha256/<hex>/link                a blob that the repository has
 *   repositories/<name>/_manifests/revisions/sha256/<hex>/link   a manifest, tagged or not
 *   repositories/<name>/_manifests/tags/<tag>/current/link       what the tag points to
 *
 * A deletion takes the link and leaves its directory.
 */
export function distributionStore(directory: string): SourceStore {
  const path = (digest: Digest) => {
    const hex = digestHex(digest);
    return join(directory, "blobs", digestAlgorithm(digest), hex.slice(0, 2), hex, "data");
  };
  return {
    type: "distribution",
    async *repositories() {
      for await (const name of repositoryNames(join(directory, "repositories"), "")) {
        yield repository(join(directory, "repositories", name), name, path);
      }
    },
  };
}

/** Depth first, and a repository before those below it. Names that begin with _ are the store's own. */
async function* repositoryNames(root: string, name: string): AsyncGenerator<string> {
  const entries = await directoriesIn(join(root, name));
  if (name !== "" && entries.some((entry) => entry === "_manifests" || entry === "_layers")) yield name;
  for (const entry of entries) {
    const below = name === "" ? entry : `${name}/${entry}`;
    if (isRepositoryName(below)) yield* repositoryNames(root, below);
  }
}

function repository(directory: string, name: string, path: (digest: Digest) => string): SourceRepository {
  return {
    name,
    path,
    async contents(problem): Promise<RepositoryContents> {
      const links = await linkedDigests(join(directory, "_layers"), problem);
      const manifests = await linkedDigests(join(directory, "_manifests/revisions"), problem);
      const tags = await readTags(join(directory, "_manifests/tags"), problem);
      const known = new Set(manifests);
      // A crash can leave a tag whose revision was never linked: what the tag says is what clients got.
      for (const digest of tags.values()) if (!known.has(digest)) known.add(digest);
      return { manifests: [...known].map((digest) => ({ digest })), tags, links, subjects: new Map() };
    },
  };
}

/** Digests of `<algorithm>/<hex>/link`. An empty link is what a crash left: the directory says what it meant, and the bytes are checked. */
async function linkedDigests(
  directory: string,
  problem: (what: string, reason: string) => void,
): Promise<Digest[]> {
  const found: Digest[] = [];
  for (const algorithm of await directoriesIn(directory)) {
    const names = await directoriesIn(join(directory, algorithm));
    const digests = await mapConcurrent(names, jobs, async (hex) => {
      const digest = `${algorithm}:${hex}`;
      const link = await readLink(join(directory, algorithm, hex, "link"));
      if (link === undefined) return [];
      if (!isDigest(digest) || (link !== "" && link !== digest)) {
        problem(digest, "its link says something else");
        return [];
      }
      return [digest];
    });
    found.push(...digests.flat());
  }
  return found;
}

async function readTags(
  directory: string,
  problem: (what: string, reason: string) => void,
): Promise<Map<string, Digest>> {
  const tags = new Map<string, Digest>();
  await mapConcurrent(await directoriesIn(directory), jobs, async (tag) => {
    const link = await readLink(join(directory, tag, "current/link"));
    if (link === undefined) return;
    if (!isTag(tag)) problem(`tag ${JSON.stringify(tag.slice(0, 200))}`, "not a valid name of a tag");
    else if (!isDigest(link))
      problem(`tag ${tag}`, link === "" ? "its link is empty" : "its link cannot be read");
    else tags.set(tag, link);
  });
  return new Map([...tags].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** undefined where there is none; what cannot be read is a link that says so. */
async function readLink(path: string): Promise<string | undefined> {
  try {
    return new TextDecoder().decode(await readBounded(path, linkLimitBytes)).trim();
  } catch (error) {
    return errnoOf(error) === "ENOENT" || errnoOf(error) === "ENOTDIR" ? undefined : messageOf(error);
  }
}

async function directoriesIn(directory: string): Promise<string[]> {
  let entries: Dirent[];
  try {
    entries = await readdir(directory, { withFileTypes: true });
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return [];
    throw error;
  }
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}
