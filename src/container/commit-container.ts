import { changeImage, putImage } from "../image/mod.ts";
import type { Digest, RuntimeConfig } from "../oci/mod.ts";
import type { LocalStore } from "../store/mod.ts";
import type { Container } from "./container.ts";
import { containerDiff } from "./container-diff.ts";
import { containerImage } from "./container-image.ts";
import { whilePaused } from "./pause.ts";

export interface CommitOptions {
  /** Canonical names the new image gets; none: it is dangling. */
  readonly names?: readonly string[];
  readonly author?: string;
  readonly message?: string;
  /** Changes to the configuration (`-c`), applied by the caller. */
  readonly change?: (config: RuntimeConfig) => RuntimeConfig;
  /** Hold the container's processes meanwhile. Default: true. */
  readonly pause?: boolean;
  /** Default: now. */
  readonly createdAtMs?: number;
}

/**
 * Makes an image of a container: its own image with what it has changed as one more layer, and its configuration.
 * @returns the new image's id
 */
export async function commitContainer(
  store: LocalStore,
  container: Container,
  options: CommitOptions = {},
): Promise<Digest> {
  const { settings, state } = container;
  return store.withLease("commit", async (lease) => {
    await store.meta.leases.hold(lease, [container.manifest]);
    const base = await containerImage(store, container);
    const tree = await store.tree(base);
    const write = () =>
      store.writeLayer(
        { entries: containerDiff(store, container, tree) },
        {
          lease,
          compression: "gzip",
          mediaTypes: base.manifest.mediaType.includes("docker") ? "docker" : "oci",
        },
      );
    const isPaused = state.kind === "running" && (options.pause ?? true);
    const layer = isPaused ? await whilePaused(state.pid, write) : await write();
    const created = new Date(options.createdAtMs ?? Date.now()).toISOString();
    const image = changeImage(base, {
      layers: [layer],
      created,
      author: options.author ?? "",
      config: options.change ? options.change(settings.config) : settings.config,
      history: [
        {
          created,
          // As docker has it, without the entrypoint.
          created_by: (settings.config.Cmd ?? []).join(" "),
          ...(options.author ? { author: options.author } : {}),
          ...(options.message ? { comment: options.message } : {}),
        },
      ],
    });
    await putImage(store.sink({ lease, names: options.names ?? [], builtAtMs: Date.now() }), image);
    return image.configDescriptor.digest;
  });
}
