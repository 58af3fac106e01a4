import type { AddInstruction } from "../dockerfile/mod.ts";
import { pairLayers } from "../image/mod.ts";
import type { LayerEntry } from "../layer/mod.ts";
import type { LocalImage, LocalStore } from "../store/mod.ts";
import type { TarInput } from "../tar/mod.ts";
import { contextOrigin } from "./context/context-origin.ts";
import { CopySources } from "./copy-sources.ts";
import { DirectorySource } from "./directory-source.ts";
import { isAddress } from "./download-file.ts";
import { linkNames, prepareContents, tarInputs } from "./file-layer.ts";
import { parseMode } from "./file-mode.ts";
import { isGitAddress } from "./git/git-address.ts";
import { LayerDraft, type LowerTree, type Owner } from "./layer-draft.ts";
import { lookUpOwner } from "./owner.ts";
import { selectSources } from "./select-sources.ts";
import type { BuildSession } from "./session.ts";
import type { SourceTree } from "./source-tree.ts";
import { withSession } from "./with-session.ts";

/** Where what is copied comes from. */
export type RootCopySource =
  /** A directory of this machine: sources are paths in it, `/` for all of the machine. */
  | { readonly kind: "directory"; readonly path: string; readonly ignore?: Ignore }
  | { readonly kind: "image"; readonly name: string; readonly image: LocalImage };

type Ignore = ConstructorParameters<typeof DirectorySource>[1]["ignore"];

export interface CopyIntoRootOptions {
  /** What is changed, by a name that stays good. */
  readonly root: string;
  readonly source: RootCopySource;
  /** Patterns below the source, or addresses. */
  readonly sources: readonly string[];
  /** Absolute; a slash at its end says that it is a directory. */
  readonly destination: string;
  readonly chown?: string;
  readonly chmod?: string;
  /** Archives of the source are unpacked, as ADD does. */
  readonly unpack: boolean;
  readonly signal: AbortSignal;
}

/**
 * What COPY or ADD would bring into a root directory that is there, by the builder's own rules, as the members of a tar that is to be applied to it.
 * They are handed to `use`, and gone when it returns.
 * @throws KasaneError as COPY and ADD
 */
export async function copyIntoRoot<T>(
  store: LocalStore,
  options: CopyIntoRootOptions,
  use: (members: Iterable<TarInput>) => Promise<T>,
): Promise<T> {
  const { root, destination, chown, chmod, signal } = options;
  return withSession({ store, context: { kind: "none" } }, signal, async (session) => {
    const inside = new DirectorySource(root, {
      name: "the working container",
      keep: { owners: true, times: true },
    });
    const tree = await openSource(session, options.source);
    const instruction = addOf(options);
    const draft = new LayerDraft(lowerOf(inside), {
      seconds: Math.floor(Date.now() / 1000),
      nanoseconds: 0,
    });
    const owner = chown === undefined ? undefined : await lookUpOwner(chown, inside);
    const mode = chmod === undefined ? undefined : parseMode(chmod);
    // --chmod is not for the directory that things are poured into.
    if (mode && (destination.endsWith("/") || hasDirectory(tree, options.sources)))
      draft.makeDirectories(draft.resolve(destination), 0o755, owner ?? { uid: 0, gid: 0 });
    await new CopySources({ session }, instruction, contextOrigin(tree)).putInto(draft, {
      destination,
      modified: { seconds: Math.floor(Date.now() / 1000), nanoseconds: 0 },
      ...ownerOf(options, owner),
      ...(mode && { mode }),
    });
    const entries = linkNames(draft.changes());
    await prepareContents(entries);
    return use(tarInputs(entries, () => session.checkCancelled()));
  });
}

function hasDirectory(tree: SourceTree, sources: readonly string[]): boolean {
  return sources
    .filter((source) => !isAddress(source) && !isGitAddress(source))
    .some((source) => selectSources(tree, source).some(({ node }) => node.type === "directory"));
}

/** Whoever owned something elsewhere, it is root's here; what an archive says counts. */
function ownerOf({ source }: CopyIntoRootOptions, owner: Owner | undefined): { owner?: Owner } {
  if (owner) return { owner };
  return source.kind === "image" ? { owner: { uid: 0, gid: 0 } } : {};
}

async function openSource(session: BuildSession, source: RootCopySource): Promise<SourceTree> {
  if (source.kind === "directory") {
    const { path, ignore } = source;
    const name = path === "/" ? "this machine" : path;
    return new DirectorySource(path, { name, ignore, keep: { times: true } });
  }
  const { name, image } = source;
  const { config, manifest, raw, record } = image;
  await session.store.meta.leases.hold(session.lease, [record.target, raw.digest]);
  return session.files({
    name: `image ${name}`,
    base: image,
    platform: { os: config.os, architecture: config.architecture },
    layers: pairLayers(manifest, config),
    history: [],
    config: config.config ?? {},
    timeSeconds: 0,
  });
}

/** As an instruction: COPY takes no addresses, ADD that unpacks nothing is the same with them. */
function addOf({ sources, destination, unpack }: CopyIntoRootOptions): AddInstruction {
  return {
    kind: "add",
    original: "",
    comments: [],
    range: { startLine: 1, endLine: 1 },
    sources,
    destination,
    inlineFiles: [],
    link: false,
    exclude: [],
    // Absent, archives are told by what they are.
    ...(unpack ? {} : { unpack: false }),
  };
}

/** The root directory as it is, for a draft to stand on. */
function lowerOf(inside: DirectorySource): LowerTree {
  return {
    get(path) {
      const node = inside.get(path);
      if (!node) return undefined;
      const entry: LayerEntry = { ...node, modified: node.modified ?? { seconds: 0, nanoseconds: 0 } };
      return { entry };
    },
  };
}
