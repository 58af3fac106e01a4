import type { ImageLayer } from "../image/mod.ts";
import { type ByteSource, KasaneError } from "../lib/mod.ts";
import { type Digest, DigestHasher } from "../oci/mod.ts";
import type { TarInput } from "../tar/mod.ts";
import type { DraftEntry } from "./layer-draft.ts";
import type { BuildSession } from "./session.ts";

/** A file of this size may be cancelled in the middle of. */
const largeFileBytes = 8 * 1024 * 1024;

/** Everything a layer's bytes depend on, as one digest: equal recipes give equal layers. */
export async function recipeOf(entries: readonly DraftEntry[]): Promise<Digest> {
  const hasher = new DigestHasher();
  for (const entry of entries) {
    const { content, xattrs, modified } = entry;
    const digest = content?.tree.digest(content.node) ?? null;
    const parts = [
      entry.path,
      entry.type,
      entry.mode,
      entry.uid,
      entry.gid,
      entry.sizeBytes,
      modified.seconds,
      modified.nanoseconds,
      entry.linkTarget ?? null,
      entry.deviceMajor ?? null,
      entry.deviceMinor ?? null,
      xattrLines(xattrs),
      digest instanceof Promise ? await digest : digest,
    ];
    hasher.updateText(`${JSON.stringify(parts)}\n`);
  }
  return hasher.digest();
}

/**
 * Names of one file become hard links of the first of them, where one source of an instruction brought them: others are copied one by one.
 */
export function linkNames(entries: readonly DraftEntry[]): DraftEntry[] {
  const groups = new Map<object, Map<string, string>>();
  return entries.map((entry) => {
    const group = entry.content?.node.linkGroup;
    if (group === undefined) return entry;
    const source = entry.content!.source ?? entry.content!.tree;
    const names = groups.get(source) ?? new Map<string, string>();
    groups.set(source, names);
    const target = names.get(group);
    if (target === undefined) {
      names.set(group, entry.path);
      return entry;
    }
    const { content: _, ...link } = entry;
    return { ...link, type: "hardlink", sizeBytes: 0, linkTarget: target };
  });
}

/**
 * Writes the entries as a layer. What the files held is compared with what they held when the recipe was made.
 * @param goOn throws where it is to stop
 * @throws KasaneError `conflict` where a file changed meanwhile
 */
export async function writeFileLayer(
  session: BuildSession,
  entries: readonly DraftEntry[],
  goOn = () => session.checkCancelled(),
): Promise<ImageLayer> {
  const withContent = await prepareContents(entries);
  const { descriptor, diffId, index } = await session.store.writeLayer(
    { entries: tarInputs(entries, goOn) },
    session.layerOptions,
  );
  const written = new Map(index.entries.map((entry) => [entry.path, entry.contentDigest]));
  for (const { path, content } of withContent) {
    const digest = content!.tree.digest(content!.node);
    if (written.get(path) !== (digest instanceof Promise ? await digest : digest)) {
      throw new KasaneError(
        "conflict",
        `${content!.node.path} of ${content!.tree.name} changed while it was copied`,
        {
          hint: "build again when nothing writes to it",
        },
      );
    }
  }
  session.knowIndex(index);
  return { descriptor, diffId };
}

/** Makes the contents of entries ready to be opened; returns those that have one. */
export async function prepareContents(entries: readonly DraftEntry[]): Promise<DraftEntry[]> {
  const withContent = entries.filter((entry) => entry.content);
  const byTree = Map.groupBy(withContent, (entry) => entry.content!.tree);
  for (const [tree, group] of byTree) await tree.prepare(group.map((entry) => entry.content!.node));
  return withContent;
}

/** The members of a layer, contents ready to be opened. */
export function* tarInputs(entries: readonly DraftEntry[], goOn: () => void): Generator<TarInput> {
  for (const entry of entries) {
    goOn();
    const { content, ...attributes } = entry;
    if (!content) {
      yield { entry: attributes };
      continue;
    }
    const source = content.tree.open(content.node);
    const isLarge = entry.sizeBytes > largeFileBytes;
    yield { entry: attributes, content: isLarge ? untilStopped(source, goOn) : source };
  }
}

async function* untilStopped(source: ByteSource, goOn: () => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    goOn();
    yield chunk;
  }
}

function xattrLines(xattrs: ReadonlyMap<string, Uint8Array> | undefined): string[] | null {
  if (!xattrs || xattrs.size === 0) return null;
  return [...xattrs].map(([key, value]) => `${key}=${Buffer.from(value).toString("base64")}`).sort();
}
