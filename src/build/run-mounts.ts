import { chmodSync, chownSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { cleanPath, parseRunMount, type RunInstruction, type RunMount } from "../dockerfile/mod.ts";
import { KasaneError } from "../lib/mod.ts";
import { digestHex, digestOf } from "../oci/mod.ts";
import type { SandboxMount } from "../sandbox/mod.ts";
import { cacheMountDirectory, cacheMountKey } from "./cache-mounts.ts";
import { chainOf } from "./chain.ts";
import type { CopyOrigin } from "./copy-sources.ts";
import { materialise } from "./materialise.ts";
import { selectSources } from "./select-sources.ts";
import { sourceDigest } from "./source-digest.ts";
import type { StageBuilder } from "./stage-builder.ts";

/** Finds what `from` of a mount names; the build context where it is absent. */
export type MountOrigins = (from: string | undefined) => Promise<CopyOrigin>;

/** The mounts of one RUN: what they mean for the cache key, and what the sandbox gets. */
export class RunMounts {
  readonly #stage: StageBuilder;
  readonly #mounts: readonly RunMount[];
  readonly #origins: MountOrigins;

  /** @throws KasaneError `unsupported`; ArgumentError for mounts that are none */
  constructor(stage: StageBuilder, instruction: RunInstruction, origins: MountOrigins) {
    this.#stage = stage;
    this.#origins = origins;
    this.#mounts = instruction.mounts.map(parseRunMount).filter(isGiven);
  }

  /** A cache mount's content is never part of the result by itself; what a bind mount shows is. */
  async key(): Promise<readonly unknown[]> {
    const keys: unknown[] = [];
    for (const mount of this.#mounts) {
      const { type, target, readOnly, source = "/" } = mount;
      if (type !== "bind") {
        keys.push([type, this.#target(target), mount.sizeBytes ?? null]);
        continue;
      }
      const origin = await this.#origins(mount.from);
      const content =
        origin.kind === "image"
          ? ["image", chainOf(origin.image.layers), source]
          : ["context", source, await sourceDigest(selectSources(origin.tree, source))];
      keys.push([type, this.#target(target), readOnly, content]);
    }
    return keys;
  }

  /** `directory` is private to the step and goes away after it. */
  async prepare(directory: string): Promise<SandboxMount[]> {
    const mounts: SandboxMount[] = [];
    for (const [number, mount] of this.#mounts.entries()) {
      const target = this.#target(mount.target);
      if (mount.type === "tmpfs") {
        mounts.push({
          kind: "tmpfs",
          target,
          ...(mount.sizeBytes === undefined ? {} : { sizeBytes: mount.sizeBytes }),
        });
        continue;
      }
      const source =
        mount.type === "cache"
          ? await this.#cacheDirectory(mount, target)
          : join(directory, `mount-${number}`);
      if (mount.type === "bind") await this.#writeOut(mount, source);
      mounts.push({ kind: "bind", source, target, readOnly: mount.readOnly });
    }
    return mounts;
  }

  #target(target: string | undefined): string {
    if (!target)
      throw new KasaneError("invalid-dockerfile", "--mount needs a target", { hint: "add target=/PATH" });
    return cleanPath(target.startsWith("/") ? target : `${this.#stage.workingDirectory}/${target}`);
  }

  async #writeOut(mount: RunMount, path: string): Promise<void> {
    const origin = await this.#origins(mount.from);
    const tree = origin.kind === "context" ? origin.tree : await this.#stage.session.files(origin.image);
    const [selected] = selectSources(tree, mount.source ?? "/");
    if (!selected)
      throw new KasaneError("not-found", `${mount.source} was not found in ${tree.name}`, {
        hint: "check source= and from= of the --mount",
      });
    await materialise(selected, path);
  }

  /** Cache mounts live in the store, by their id; builds that run at the same time share them. */
  async #cacheDirectory(mount: RunMount, target: string): Promise<string> {
    const { store, lease } = this.#stage.session;
    const name = digestHex(digestOf(mount.id ?? target)).slice(0, 32);
    await store.meta.leases.hold(lease, [cacheMountKey(name)]);
    const path = cacheMountDirectory(store, name);
    const { mode = 0o755, uid = 0, gid = 0 } = mount;
    const made = mkdirSync(path, { recursive: true, mode: 0o755 });
    if (made !== undefined) {
      if (uid !== 0 || gid !== 0) chownSync(path, uid, gid);
      chmodSync(path, mode);
    }
    return path;
  }
}

/** Secrets and SSH agents cannot be given to a build yet; those that are not required are simply not there. */
function isGiven(mount: RunMount): boolean {
  if (mount.type === "secret" || mount.type === "ssh") {
    if (!mount.required) return false;
    throw new KasaneError(
      "unsupported",
      `RUN --mount=type=${mount.type},required is not supported in this version`,
      {
        hint: "pass what the step needs in another way, or leave required out",
      },
    );
  }
  if (mount.type === "cache" && (mount.from !== undefined || mount.source !== undefined)) {
    throw new KasaneError(
      "unsupported",
      "a cache mount that begins with the content of something else (from, source) is not supported in this version",
      { hint: "leave from and source out, and copy what it begins with in the RUN step" },
    );
  }
  return true;
}
