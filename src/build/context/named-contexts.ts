import { realpathSync, statSync } from "node:fs";
import { parseTrigger } from "../../dockerfile/mod.ts";
import { copyImage, layoutSource } from "../../image/mod.ts";
import { errnoOf, KasaneError } from "../../lib/mod.ts";
import type { Platform } from "../../oci/mod.ts";
import { applyStep } from "../apply-step.ts";
import type { BaseImages } from "../base-images.ts";
import type { CopyOrigin } from "../copy-sources.ts";
import { copyStep } from "../copy-step.ts";
import { DirectorySource } from "../directory-source.ts";
import type { NamedContext } from "../options.ts";
import { remoteFile } from "../remote-file.ts";
import type { BuildSession } from "../session.ts";
import type { SourceTree } from "../source-tree.ts";
import { StageBuilder } from "../stage-builder.ts";
import type { StageImage } from "../stage-image.ts";
import { contextOrigin } from "./context-origin.ts";
import { openRepository } from "./git-context.ts";
import { readIgnore } from "./tree-context.ts";

/** Named contexts that are neither an image of the store or a registry, nor a stage. */
export type OwnContext = Extract<NamedContext, { kind: "directory" | "git" | "http" | "layout" }>;

/** The named contexts of a build, opened when something asks for them. */
export class NamedContexts {
  readonly #session: BuildSession;
  readonly #bases: BaseImages;
  readonly #trees = new Map<string, Promise<SourceTree>>();
  readonly #images = new Map<string, Promise<StageImage>>();

  constructor(session: BuildSession, bases: BaseImages) {
    this.#session = session;
    this.#bases = bases;
  }

  /** For COPY and mounts: files as they are, without a layer made of them. */
  async origin(name: string, context: OwnContext, platform: Platform | undefined): Promise<CopyOrigin> {
    if (context.kind === "layout") {
      return { kind: "image", image: await this.image(name, context, platform) };
    }
    return contextOrigin(await this.#tree(name, context));
  }

  /** For FROM: of files, one layer that holds them. */
  image(
    name: string,
    context: OwnContext,
    platform: Platform | undefined,
    target?: Platform,
  ): Promise<StageImage> {
    return once(this.#images, JSON.stringify([name, platform, target]), async () => {
      if (context.kind === "layout") return this.#imported(context, platform);
      const tree = await this.#tree(name, context);
      return this.#layered(name, tree, this.#bases.scratch(platform ?? target!));
    });
  }

  #tree(name: string, context: Exclude<OwnContext, { kind: "layout" }>): Promise<SourceTree> {
    return once(this.#trees, name, () => this.#open(name, context));
  }

  async #open(name: string, context: Exclude<OwnContext, { kind: "layout" }>): Promise<SourceTree> {
    const session = this.#session;
    const shown = `the build context ${name}`;
    switch (context.kind) {
      case "directory": {
        const directory = existing(context.path, shown);
        const whole = new DirectorySource(directory, { name: shown });
        const ignore = await readIgnore(whole, [".dockerignore"]);
        return ignore ? new DirectorySource(directory, { name: shown, ignore }) : whole;
      }
      case "git": {
        const { address, keepGitDir } = context;
        return (await openRepository(address, { git: session.git, name: shown, keepGitDir })).tree;
      }
      case "http":
        return remoteFile(context.address, {
          spool: session.newSpool(),
          signal: session.signal,
          secrets: session.options.secrets,
        });
    }
  }

  async #layered(name: string, tree: SourceTree, base: StageImage): Promise<StageImage> {
    const stage = new StageBuilder({
      session: this.#session,
      base,
      name: `context ${name}`,
      escape: "\\",
      globalArgs: new Map(),
      isCached: true,
    });
    const { instruction, source } = parseTrigger("COPY / /", `the build context ${name}`);
    if (instruction.kind !== "copy") throw new KasaneError("internal", "COPY was read as something else");
    const line = { instruction, source, isOnBuild: false };
    const text = `load build context ${name}`;
    await applyStep(stage, { line, index: 1, total: 1, text }, (step) =>
      copyStep(stage, instruction, contextOrigin(tree), step),
    );
    return stage.image();
  }

  async #imported(
    { path, ref }: Extract<OwnContext, { kind: "layout" }>,
    platform: Platform | undefined,
  ): Promise<StageImage> {
    const { store, lease, signal } = this.#session;
    const directory = existing(path, `the OCI layout ${path}`);
    const source = await layoutSource(directory, ref);
    const sink = store.sink({ lease, names: [] });
    const { root } = await copyImage(source, sink, {
      platforms: platform ? [platform] : "all",
      missingChildren: "skip",
      direction: "load",
      isThere: async ({ digest }) => (await store.blobs.stat(digest)) !== undefined,
      signal,
    });
    return this.#bases.stored(await store.find(root.digest, platform ? { platform } : {}), {
      name: `image of ${path}`,
      // Where it lay on this machine is nobody's business.
      uri: ({ digest }) => `pkg:oci/layout?digest=${digest}`,
    });
  }
}

/** @throws KasaneError `not-found`, `usage` for what is no directory */
function existing(path: string, shown: string): string {
  try {
    const real = realpathSync(path);
    if (statSync(real).isDirectory()) return real;
  } catch (error) {
    if (errnoOf(error) !== "ENOENT" && errnoOf(error) !== "ENOTDIR") throw error;
    throw new KasaneError("not-found", `${shown} is not there: ${path} does not exist`, {
      hint: "check --build-context NAME=DIRECTORY",
      cause: error,
    });
  }
  throw new KasaneError("usage", `${shown} is not a directory: ${path}`, {
    hint: "check --build-context NAME=DIRECTORY",
  });
}

function once<T>(known: Map<string, Promise<T>>, key: string, work: () => Promise<T>): Promise<T> {
  let found = known.get(key);
  if (!found) {
    found = work();
    found.catch(() => {});
    known.set(key, found);
  }
  return found;
}
