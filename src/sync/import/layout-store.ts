import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { KasaneError, messageOf } from "../../lib/mod.ts";
import {
  type Descriptor,
  type Digest,
  digestAlgorithm,
  digestHex,
  isDigest,
  isIndexType,
  isManifestType,
  parseJsonObject,
  readDescriptor,
} from "../../oci/mod.ts";
import { isRepositoryName, isTag } from "../../registry/mod.ts";
import { readManifest } from "./read-manifest.ts";
import {
  listLimitBytes,
  type RepositoryContents,
  readBounded,
  type SourceManifest,
  type SourceRepository,
  type SourceStore,
} from "./source-store.ts";

const refName = "org.opencontainers.image.ref.name";
/** olareg's mark of an index that it made itself, to answer for the referrers of a digest. */
const referrersOf = "org.opencontainers.image.referrer.subject";

export function isLayout(directory: string): boolean {
  return existsSync(join(directory, "oci-layout")) && existsSync(join(directory, "index.json"));
}

/**
 * OCI image layouts: `directory` is one itself, and then a repository called `name` (its own name where absent), or has one for each
 * repository in a directory of the repository's name, also inside each other, as zot and olareg keep them.
 * @throws KasaneError `usage` where a single layout needs a name
 */
export function layoutStore(directory: string, options: { name?: string } = {}): SourceStore {
  if (!isLayout(directory)) {
    return { type: "layout", repositories: () => layoutsBelow(directory, "") };
  }
  const name = options.name ?? basename(resolve(directory)).toLowerCase();
  if (!isRepositoryName(name)) {
    throw new KasaneError("usage", `${JSON.stringify(name)} is not a valid name of a repository`, {
      hint: "give the repository that the layout becomes with --name",
    });
  }
  return {
    type: "layout",
    async *repositories() {
      yield repository(directory, name);
    },
  };
}

async function* layoutsBelow(root: string, name: string): AsyncGenerator<SourceRepository> {
  const directory = join(root, name);
  const isRepository = name !== "" && isLayout(directory);
  if (isRepository) yield repository(directory, name);
  const entries = (await readdir(directory, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  for (const entry of entries.map((each) => each.name).sort()) {
    if (isRepository && entry === "blobs") continue;
    const below = name === "" ? entry : `${name}/${entry}`;
    if (isRepositoryName(below)) yield* layoutsBelow(root, below);
  }
}

function repository(directory: string, name: string): SourceRepository {
  const path = (digest: Digest) => join(directory, "blobs", digestAlgorithm(digest), digestHex(digest));
  return { name, path, contents: (problem) => readLayout(directory, path, problem) };
}

/** Everything that `index.json` leads to. A manifest is found once, however many ways lead to it. */
async function readLayout(
  directory: string,
  path: (digest: Digest) => string,
  problem: (what: string, reason: string) => void,
): Promise<RepositoryContents> {
  const manifests = new Map<Digest, SourceManifest>();
  const tags = new Map<string, Digest>();
  const subjects = new Map<Digest, Digest>();
  const visit = async ({ digest, mediaType }: Descriptor): Promise<void> => {
    if (manifests.has(digest) || !(isIndexType(mediaType) || isManifestType(mediaType))) return;
    manifests.set(digest, { digest, mediaType });
    if (!isIndexType(mediaType)) return;
    for (const child of await childrenOf(path, digest)) {
      // A part of the platforms is a usual thing to have.
      if (existsSync(path(child.digest))) await visit(child);
    }
  };
  for (const descriptor of await entriesOf(join(directory, "index.json"), problem)) {
    const subject = descriptor.annotations?.[referrersOf];
    if (subject !== undefined && isDigest(subject)) {
      for (const child of await childrenOf(path, descriptor.digest)) {
        if (!existsSync(path(child.digest))) problem(child.digest, "a referrer whose bytes are missing");
        else {
          subjects.set(child.digest, subject);
          await visit(child);
        }
      }
      continue;
    }
    await visit(descriptor);
    const tag = descriptor.annotations?.[refName];
    if (tag === undefined) continue;
    if (isTag(tag)) tags.set(tag, descriptor.digest);
    else problem(`tag ${JSON.stringify(tag.slice(0, 200))}`, "not a valid name of a tag");
  }
  return { manifests: [...manifests.values()], tags, links: [], subjects };
}

async function entriesOf(
  path: string,
  problem: (what: string, reason: string) => void,
): Promise<Descriptor[]> {
  try {
    const { value } = parseJsonObject(await readBounded(path, listLimitBytes), {
      what: "index.json",
      code: "invalid-archive",
      maxBytes: listLimitBytes,
      maxDepth: 32,
      uniqueKeys: false,
    });
    const list = Array.isArray(value.manifests) ? value.manifests : [];
    return list.map((entry, index) => readDescriptor(entry, `manifests[${index}]`));
  } catch (error) {
    problem("index.json", messageOf(error));
    return [];
  }
}

/** None where the index cannot be read: its import says why. */
async function childrenOf(path: (digest: Digest) => string, digest: Digest): Promise<readonly Descriptor[]> {
  try {
    return (await readManifest(path(digest), { digest })).children;
  } catch {
    return [];
  }
}
