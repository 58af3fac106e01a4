import {
  type AddInstruction,
  type CopyInstruction,
  cleanPath,
  GlobError,
  hasWildcards,
  PathMatcher,
} from "../dockerfile/mod.ts";
import { KasaneError } from "../lib/mod.ts";
import { digestOf } from "../oci/mod.ts";
import type { Timestamp } from "../tar/mod.ts";
import { openArchive } from "./archive.ts";
import { chainOf } from "./chain.ts";
import { copyInto } from "./copy-into.ts";
import { extractInto } from "./extract-into.ts";
import { linkNames } from "./file-layer.ts";
import { type ModeChange, parseMode } from "./file-mode.ts";
import { fileStep } from "./file-step.ts";
import { LayerDraft, type Owner } from "./layer-draft.ts";
import { MemorySource } from "./memory-source.ts";
import { lookUpOwner } from "./owner.ts";
import { isAddress, isGitAddress, RemoteFile } from "./remote-file.ts";
import { type SelectedSource, selectParents, selectSources } from "./select-sources.ts";
import { sourceDigest } from "./source-digest.ts";
import { baseName, type SourceTree } from "./source-tree.ts";
import { SpooledTar } from "./spooled-tar.ts";
import type { StageBuilder, StepResult } from "./stage-builder.ts";
import type { StageImage } from "./stage-image.ts";

/** Where the sources of a COPY or ADD are. */
export type CopyOrigin =
  | { readonly kind: "context"; readonly tree: SourceTree }
  | { readonly kind: "image"; readonly image: StageImage };

/**
 * COPY and ADD. Neither the image below nor the one that is copied from is unpacked.
 * @throws KasaneError `not-found`, `build-failed`, `invalid-dockerfile`, `unsupported`, `network`
 */
export async function copyStep(
  stage: StageBuilder,
  instruction: CopyInstruction | AddInstruction,
  origin: CopyOrigin,
): Promise<StepResult> {
  const { session, layers } = stage;
  const seconds = stage.base.timeSeconds;
  const destination = destinationOf(stage.workingDirectory, instruction.destination);
  const mode = instruction.chmod === undefined ? undefined : parseMode(instruction.chmod);
  const exclude = excludeMatcher(instruction.exclude);
  const sources = new CopySources(stage, instruction, origin);
  const fastKey = [
    "copy/1",
    stage.chain,
    instruction.kind,
    destination,
    seconds,
    instruction.chown ?? null,
    instruction.chmod ?? null,
    instruction.exclude,
    instruction.kind === "copy" ? instruction.parents : (instruction.unpack ?? null),
    await sources.key(),
  ];
  return fileStep(session, {
    createdBy: copyHistory(instruction),
    fastKey,
    isLayerNeeded: true,
    async entries() {
      const draft = new LayerDraft(await session.tree(layers), { seconds, nanoseconds: 0 });
      const owner =
        instruction.chown === undefined
          ? undefined
          : await lookUpOwner(instruction.chown, await session.files(stage.image()));
      await sources.putInto(draft, {
        destination,
        modified: { seconds, nanoseconds: 0 },
        ...(owner ? { owner } : {}),
        ...(mode ? { mode } : {}),
        ...(exclude ? { exclude } : {}),
      });
      return linkNames(draft.entries());
    },
  });
}

interface PutOptions {
  readonly destination: string;
  readonly modified: Timestamp;
  readonly owner?: Owner;
  readonly mode?: ModeChange;
  readonly exclude?: PathMatcher;
}

/** The sources of one instruction, looked for when they are needed. */
class CopySources {
  readonly #stage: StageBuilder;
  readonly #instruction: CopyInstruction | AddInstruction;
  readonly #origin: CopyOrigin;
  readonly #downloads = new Map<string, RemoteFile>();
  #tree: SourceTree | undefined;

  constructor(stage: StageBuilder, instruction: CopyInstruction | AddInstruction, origin: CopyOrigin) {
    this.#stage = stage;
    this.#instruction = instruction;
    this.#origin = origin;
  }

  /** What decides the content. Of an image that is copied from, its layers say enough: nothing is read. */
  async key(): Promise<readonly unknown[]> {
    const { sources, inlineFiles } = this.#instruction;
    const keys: unknown[] = [];
    for (const source of sources) {
      if (isGitAddress(source) || isAddress(source)) {
        const file = await this.#download(source);
        keys.push(["remote", file.node.path, await file.digest()]);
      } else if (this.#origin.kind === "image") {
        keys.push(["image", chainOf(this.#origin.image.layers), source]);
      } else keys.push(["context", source, await sourceDigest(await this.#select(source))]);
    }
    for (const file of inlineFiles) keys.push(["inline", file.name, digestOf(file.content)]);
    return keys;
  }

  async putInto(draft: LayerDraft, options: PutOptions): Promise<void> {
    const { sources, inlineFiles } = this.#instruction;
    const plain: SelectedSource[] = [];
    for (const source of sources) {
      const isRemote = isGitAddress(source) || isAddress(source);
      const selected = isRemote ? await this.#remote(source) : await this.#select(source);
      for (const one of selected) {
        const tar = this.#isUnpacked(isRemote) ? await this.#openTar(one) : undefined;
        if (!tar) plain.push(one);
        else {
          // What was named before an archive goes in before it.
          copyInto(draft, plain.splice(0), options);
          extractInto(draft, tar, { ...options, name: one.name });
        }
      }
    }
    for (const file of inlineFiles) {
      const tree = new MemorySource(baseName(file.name), file.content);
      plain.push({ tree, node: tree.node, name: tree.node.path });
    }
    copyInto(draft, plain, options);
  }

  #isUnpacked(isRemote: boolean): boolean {
    const { kind } = this.#instruction;
    return kind === "add" && ((this.#instruction as AddInstruction).unpack ?? !isRemote);
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
    const instruction = this.#instruction;
    if (instruction.kind === "copy" && instruction.parents) return selectParents(this.#tree, source);
    const selected = selectSources(this.#tree, source);
    if (instruction.exclude.length === 0 || !hasWildcards(source)) return selected;
    // Files that a pattern brought in may be left out by name; what stands there by its own name was meant.
    const exclude = excludeMatcher(instruction.exclude)!;
    return selected.filter(({ node, name }) => node.type === "directory" || !exclude.matches(name));
  }

  async #remote(source: string): Promise<SelectedSource[]> {
    const file = await this.#download(source);
    return [{ tree: file, node: file.node, name: file.node.path }];
  }

  async #download(source: string): Promise<RemoteFile> {
    const known = this.#downloads.get(source);
    if (known) return known;
    const instruction = this.#instruction;
    if (instruction.kind === "copy") {
      throw new KasaneError("invalid-dockerfile", `COPY cannot download ${source}`, { hint: "use ADD" });
    }
    if (isGitAddress(source)) {
      throw new KasaneError(
        "unsupported",
        `ADD of a git repository (${source}) is not supported in this version`,
        {
          hint: "clone it beside the Dockerfile and COPY it",
        },
      );
    }
    const { session } = this.#stage;
    const file = await RemoteFile.download(source, {
      spool: session.newSpool(),
      checksum: instruction.checksum,
      signal: session.signal,
    });
    this.#downloads.set(source, file);
    return file;
  }
}

/** Absolute and clean, with the trailing slash that says it is a directory. */
function destinationOf(workingDirectory: string, destination: string): string {
  const path = destination.startsWith("/") ? destination : `${workingDirectory}/${destination}`;
  const clean = cleanPath(`/${path}`);
  const isDirectory = /(^|\/)\.?$/.test(destination);
  return isDirectory && clean !== "/" ? `${clean}/` : clean;
}

function excludeMatcher(patterns: readonly string[]): PathMatcher | undefined {
  if (patterns.length === 0) return undefined;
  try {
    return new PathMatcher(patterns);
  } catch (error) {
    if (!(error instanceof GlobError)) throw error;
    throw new KasaneError("invalid-dockerfile", `--exclude: ${error.message}`, { cause: error });
  }
}

function copyHistory(instruction: CopyInstruction | AddInstruction): string {
  return [
    instruction.kind.toUpperCase(),
    ...(instruction.kind === "copy" && instruction.parents ? ["--parents"] : []),
    ...(instruction.chown === undefined ? [] : [`--chown=${instruction.chown}`]),
    ...(instruction.chmod === undefined ? [] : [`--chmod=${instruction.chmod}`]),
    ...instruction.sources,
    ...instruction.inlineFiles.map((file) => `<<${file.name}`),
    instruction.destination,
  ].join(" ");
}
