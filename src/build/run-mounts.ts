import { join } from "node:path";
import { cleanPath, parseRunMount, type RunInstruction, type RunMount } from "../dockerfile/mod.ts";
import { closest, KasaneError } from "../lib/mod.ts";
import type { SandboxMount } from "../sandbox/mod.ts";
import { fileFacts } from "./cache/file-facts.ts";
import { layerStack } from "./cache/layer-stack.ts";
import type { KeyPart } from "./cache/step-key.ts";
import { chainOf } from "./chain.ts";
import type { CopyOrigin } from "./copy-sources.ts";
import { materialise } from "./materialise.ts";
import { giveSecret } from "./secret-mounts.ts";
import { selectSources } from "./select-sources.ts";
import { sourceDigest } from "./source-digest.ts";
import { forwardAgent } from "./ssh-forward.ts";
import type { StageBuilder } from "./stage-builder.ts";
import { takeCache } from "./take-cache-mount.ts";

/** Finds what `from` of a mount names; the build context where it is absent. */
export type MountOrigins = (from: string | undefined) => Promise<CopyOrigin>;

/** What the mounts of a step give it. */
export interface PreparedMounts {
  readonly mounts: readonly SandboxMount[];
  /** `NAME=value`: of secrets and agents, for this step alone. */
  readonly env: readonly string[];
  release(): Promise<void>;
}

/** The mounts of one RUN: what they mean for the cache key, and what the sandbox gets. */
export class RunMounts {
  readonly #stage: StageBuilder;
  readonly #mounts: readonly RunMount[];
  readonly #origins: MountOrigins;

  /** @throws ArgumentError for mounts that are none */
  constructor(stage: StageBuilder, instruction: RunInstruction, origins: MountOrigins) {
    this.#stage = stage;
    this.#origins = origins;
    this.#mounts = instruction.mounts.map(parseRunMount);
  }

  /** A cache mount's content is never part of the result by itself; what a bind mount shows is. */
  async key(by: "layers" | "content" = "layers"): Promise<readonly KeyPart[]> {
    const parts: KeyPart[] = [];
    for (const mount of this.#mounts) {
      const { type, target, readOnly, source = "/" } = mount;
      // Neither a secret nor what a cache holds decides what comes out.
      if (type === "secret" || type === "ssh") {
        const id = mount.id ?? source;
        parts.push({ kind: "mount", name: `${type} ${id}`, value: [target ?? null, mount.env ?? null] });
      } else if (type !== "bind") {
        parts.push({ kind: "mount", name: this.#target(target), value: [type, mount.sizeBytes ?? null] });
      } else parts.push(await this.#bindKey(mount, [type, readOnly, source], by));
    }
    return parts;
  }

  /** True where what is mounted comes out of another stage or image: equal files of different layers are equal then. */
  async hasStages(): Promise<boolean> {
    for (const { type, from } of this.#mounts) {
      if (type === "bind" && from !== undefined && (await this.#origins(from)).kind === "image") return true;
    }
    return false;
  }

  async #bindKey(mount: RunMount, how: readonly unknown[], by: "layers" | "content"): Promise<KeyPart> {
    const { source = "/" } = mount;
    const origin = await this.#origins(mount.from);
    const name = this.#target(mount.target);
    if (origin.kind === "context") {
      const files = async () => fileFacts(selectSources(origin.tree, source));
      const digest = await origin.selectionDigest([source], (tree) =>
        sourceDigest(selectSources(tree, source)),
      );
      return { kind: "mount", name, value: [...how, "context", digest], files };
    }
    const { image } = origin;
    const select = async () => selectSources(await this.#stage.session.files(image), source);
    if (by === "content") {
      const digest = await sourceDigest(await select(), { hasOwners: true });
      return { kind: "mount", name, value: [...how, "files", digest] };
    }
    return {
      kind: "mount",
      name,
      value: [...how, "image", chainOf(image.layers)],
      layers: () => layerStack(image),
      files: async () => fileFacts(await select()),
    };
  }

  /**
   * `directory` is private to the step and goes away after it.
   * @throws KasaneError `not-found` for a secret or an agent that is required and was not given
   */
  async prepare(directory: string): Promise<PreparedMounts> {
    const mounts: SandboxMount[] = [];
    const env: string[] = [];
    const releases: (() => unknown)[] = [];
    const release = async (): Promise<void> => {
      for (const each of releases.splice(0)) await each();
    };
    try {
      for (const [number, mount] of this.#mounts.entries()) {
        switch (mount.type) {
          case "tmpfs":
            mounts.push({
              kind: "tmpfs",
              target: this.#target(mount.target),
              ...(mount.sizeBytes === undefined ? {} : { sizeBytes: mount.sizeBytes }),
            });
            break;
          case "bind": {
            const source = join(directory, `mount-${number}`);
            await this.#writeOut(mount, source);
            mounts.push({
              kind: "bind",
              source,
              target: this.#target(mount.target),
              readOnly: mount.readOnly,
            });
            break;
          }
          case "cache": {
            const target = this.#target(mount.target);
            const isFilled = mount.from !== undefined || mount.source !== undefined;
            const fill = isFilled ? (path: string) => this.#writeOut(mount, path) : undefined;
            const cache = await takeCache(
              this.#stage.session,
              this.#inNamespace(mount, target),
              target,
              fill,
            );
            releases.push(() => cache.release());
            mounts.push({ kind: "bind", source: cache.path, target, readOnly: mount.readOnly });
            break;
          }
          case "secret": {
            const secrets = this.#stage.session.options.secrets ?? new Map();
            const given = giveSecret(mount, (path) => this.#target(path), secrets);
            mounts.push(...given.mounts);
            env.push(...given.env);
            break;
          }
          case "ssh": {
            const agent = this.#agentOf(mount);
            if (agent === undefined) break;
            const forwarded = forwardAgent(agent, join(directory, `agent-${number}`), mount);
            releases.push(() => forwarded.stop());
            const target = this.#target(mount.target ?? `/run/buildkit/ssh_agent.${number}`);
            mounts.push({ kind: "bind", source: forwarded.path, target, readOnly: false });
            env.push(`SSH_AUTH_SOCK=${target}`);
          }
        }
      }
      return { mounts, env, release };
    } catch (error) {
      await release();
      throw error;
    }
  }

  /** BUILDKIT_CACHE_MOUNT_NS keeps the caches of several projects apart that use the same ids. */
  #inNamespace(mount: RunMount, target: string): RunMount {
    const namespace = this.#stage.session.options.buildArgs?.BUILDKIT_CACHE_MOUNT_NS;
    return namespace ? { ...mount, id: `${namespace}/${mount.id ?? target}` } : mount;
  }

  #agentOf(mount: RunMount): string | undefined {
    const id = mount.id ?? "default";
    const agents = this.#stage.session.options.sshAgents ?? new Map<string, string>();
    const agent = agents.get(id);
    if (agent !== undefined || !mount.required) return agent;
    const near = closest(id, agents.keys());
    throw new KasaneError("not-found", `this step needs the SSH agent ${JSON.stringify(id)}`, {
      hint: near === undefined ? `give it with --ssh ${id}` : `an agent ${near} was given`,
    });
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
}
