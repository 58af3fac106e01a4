import {
  type AddInstruction,
  type CopyInstruction,
  GlobError,
  hasWildcards,
  PathMatcher,
} from "../dockerfile/mod.ts";
import { KasaneError } from "../lib/mod.ts";
import { type Digest, digestOf } from "../oci/mod.ts";
import { openArchive } from "./archive.ts";
import { fileFacts } from "./cache/file-facts.ts";
import { layerStack } from "./cache/layer-stack.ts";
import type { KeyPart } from "./cache/step-key.ts";
import { chainOf } from "./chain.ts";
import type { ContextOrigin } from "./context/context-origin.ts";
import { type CopyIntoOptions, copyInto } from "./copy-into.ts";
import { isAddress } from "./download-file.ts";
import { extractInto } from "./extract-into.ts";
import { isGitAddress } from "./git/git-address.ts";
import type { LayerDraft } from "./layer-draft.ts";
import { inlineFile } from "./one-file.ts";
import { RemoteSources } from "./remote-sources.ts";
import { type SelectedSource, selectParents, selectSources } from "./select-sources.ts";
import { sourceDigest } from "./source-digest.ts";
import { baseName, type SourceTree } from "./source-tree.ts";
import { SpooledTar } from "./spooled-tar.ts";
import type { StageBuilder } from "./stage-builder.ts";
import type { StageImage } from "./stage-image.ts";

/** Where the sources of a COPY or ADD are. */
export type CopyOrigin = ContextOrigin | { readonly kind: "image"; readonly image: StageImage };

/** The sources of one instruction, looked for when they are needed. */
export class CopySources {
  readonly #stage: Pick<StageBuilder, "session">;
  readonly #instruction: CopyInstruction | AddInstruction;
  readonly #origin: CopyOrigin;
  readonly #remotes: RemoteSources;
  #tree: SourceTree | undefined;

  constructor(
    stage: Pick<StageBuilder, "session">,
    instruction: CopyInstruction | AddInstruction,
    origin: CopyOrigin,
  ) {
    this.#stage = stage;
    this.#instruction = instruction;
    this.#origin = origin;
    this.#remotes = new RemoteSources(stage.session, instruction);
  }

  /** What decides the content. Of an image that is copied from, its layers say enough: nothing is read. */
  async key(exclude: PathMatcher | undefined): Promise<readonly KeyPart[]> {
    const { sources, inlineFiles } = this.#instruction;
    const keys: KeyPart[] = [];
    const files = (source: string) => async () => fileFacts(await this.#select(source), { exclude });
    for (const source of sources) {
      if (isGitAddress(source) || isAddress(source)) {
        keys.push({ kind: "source", name: source, value: await this.#remotes.key(source) });
      } else if (this.#origin.kind === "image") {
        const { image } = this.#origin;
        keys.push({
          kind: "source",
          name: source,
          value: ["image", chainOf(image.layers)],
          layers: () => layerStack(image),
          files: files(source),
        });
      } else {
        const content = await this.#contextDigest(this.#origin, source);
        keys.push({ kind: "source", name: source, value: ["context", content], files: files(source) });
      }
    }
    for (const file of inlineFiles) {
      keys.push({ kind: "source", name: `<<${file.name}`, value: digestOf(file.content) });
    }
    return keys;
  }

  #contextDigest(origin: ContextOrigin, source: string): Promise<Digest> {
    const { kind, exclude } = this.#instruction;
    const hasParents = kind === "copy" && (this.#instruction as CopyInstruction).parents;
    const selection = [source, hasParents, hasWildcards(source) ? exclude : []];
    return origin.selectionDigest(selection, async (tree) => sourceDigest(this.#selectFrom(tree, source)));
  }

  async putInto(draft: LayerDraft, options: CopyIntoOptions): Promise<void> {
    const { sources, inlineFiles } = this.#instruction;
    const plain: SelectedSource[] = [];
    for (const source of sources) {
      const isRemote = isGitAddress(source) || isAddress(source);
      const selected = isRemote ? await this.#remotes.select(source) : await this.#select(source);
      for (const one of selected) {
        const tar = this.#isUnpacked(source) ? await this.#openTar(one) : undefined;
        if (!tar) plain.push(one);
        else {
          // What was named before an archive goes in before it.
          copyInto(draft, plain.splice(0), options);
          extractInto(draft, tar, { ...options, name: one.name });
        }
      }
    }
    for (const file of inlineFiles) {
      const tree = inlineFile(baseName(file.name), file.content);
      plain.push({ tree, node: tree.node, name: tree.node.path });
    }
    copyInto(draft, plain, options);
  }

  #isUnpacked(source: string): boolean {
    const { kind } = this.#instruction;
    if (kind !== "add" || isGitAddress(source)) return false;
    return (this.#instruction as AddInstruction).unpack ?? !isAddress(source);
  }

  async #openTar({ tree, node }: SelectedSource): Promise<SpooledTar | undefined> {
    if (node.type !== "file") return undefined;
    const { session } = this.#stage;
    await tree.prepare([node]);
    const name = node.path;
    const open = await openArchive(() => tree.open(node), { name, signal: session.signal });
    return open && SpooledTar.read(open(), session.newSpool(), name);
  }

  async #select(source: string): Promise<SelectedSource[]> {
    if (!this.#tree) {
      this.#tree =
        this.#origin.kind === "context"
          ? this.#origin.tree
          : await this.#stage.session.files(this.#origin.image);
    }
    return this.#selectFrom(this.#tree, source);
  }

  #selectFrom(tree: SourceTree, source: string): SelectedSource[] {
    const instruction = this.#instruction;
    if (instruction.kind === "copy" && instruction.parents) return selectParents(tree, source);
    const selected = selectSources(tree, source);
    if (instruction.exclude.length === 0 || !hasWildcards(source)) return selected;
    // Files that a pattern brought in may be left out by name; what stands there by its own name was meant.
    const exclude = excludeMatcher(instruction.exclude)!;
    return selected.filter(({ node, name }) => node.type === "directory" || !exclude.matches(name));
  }
}

/** @throws KasaneError `invalid-dockerfile` */
export function excludeMatcher(patterns: readonly string[]): PathMatcher | undefined {
  if (patterns.length === 0) return undefined;
  try {
    return new PathMatcher(patterns);
  } catch (error) {
    if (!(error instanceof GlobError)) throw error;
    throw new KasaneError("invalid-dockerfile", `--exclude: ${error.message}`, { cause: error });
  }
}
