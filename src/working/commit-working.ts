import { containerDiff, containerImage, exportContainer, type WorkingContainer } from "../container/mod.ts";
import { type Image, type ImageLayer, newImage, putImage } from "../image/mod.ts";
import type { LayerContent } from "../layer/mod.ts";
import { toByteStream } from "../lib/mod.ts";
import type { LeaseId } from "../meta/mod.ts";
import type { Annotations, Digest, HistoryEntry, RuntimeConfig } from "../oci/mod.ts";
import type { LocalStore } from "../store/mod.ts";
import { readTar, type TarInput } from "../tar/mod.ts";

export interface CommitWorkingOptions {
  /** Canonical names of the new image; none: it is dangling. Without `names` it becomes no image of this store, and is for `deliver` alone. */
  readonly names?: readonly string[];
  /** Takes the image elsewhere, before it becomes one of this store. */
  readonly deliver?: (manifest: Digest, name: string | undefined) => Promise<void>;
  readonly format: "oci" | "docker";
  readonly compression: "gzip" | "none";
  /** One layer with everything, instead of one on top of the image's. */
  readonly squash?: boolean;
  readonly omitHistory?: boolean;
  /** Of the image, its history entry and all files of the new layer, seconds since the epoch. Absent: now, and the files keep theirs. */
  readonly timestamp?: number;
  readonly unsetEnv?: readonly string[];
}

/**
 * Makes an image of a working container: what was changed is one more layer, and its settings are the image's.
 * @returns the new image's id
 */
export async function commitWorking(
  store: LocalStore,
  container: WorkingContainer,
  options: CommitWorkingOptions,
): Promise<Digest> {
  const { settings } = container;
  const { working } = settings;
  return store.withLease("commit", async (lease) => {
    await store.meta.leases.hold(lease, [container.manifest]);
    const base = await containerImage(store, container);
    const layer = await writeCommitLayer(store, container, base, lease, options);
    const layers = options.squash ? [layer] : [...base.layers, layer];
    const { timestamp } = options;
    const created =
      timestamp === undefined
        ? new Date().toISOString()
        : new Date(timestamp * 1000).toISOString().replace(".000Z", "Z");
    const image = newImage({
      platform: working.platform,
      layers,
      created,
      family: options.format,
      config: imageConfig(container, options),
      history: options.omitHistory ? [] : historyOf(container, base, created, options),
      annotations: annotationsOf(container),
      ...(working.author ? { author: working.author } : {}),
      ...(working.comment ? { comment: working.comment } : {}),
    });
    const { names } = options;
    if (options.deliver) {
      const sink = store.sink({ lease, names: [] });
      await sink.putBlob(image.configDescriptor, async (offset = 0) =>
        toByteStream([image.configBytes.subarray(offset)]),
      );
      await sink.putManifest(image.raw, { isRoot: false });
      await options.deliver(image.raw.digest, names?.[0]);
    }
    if (names) await putImage(store.sink({ lease, names, builtAtMs: Date.now() }), image);
    return image.configDescriptor.digest;
  });
}

async function writeCommitLayer(
  store: LocalStore,
  container: WorkingContainer,
  base: Image,
  lease: LeaseId,
  { format, compression, squash, timestamp }: CommitWorkingOptions,
): Promise<ImageLayer> {
  const write = (content: LayerContent) =>
    store.writeLayer(content, { lease, compression, mediaTypes: format });
  if (!squash) {
    const tree = await store.tree(base);
    return write({ entries: containerDiff(store, container, tree, { seconds: timestamp }) });
  }
  let layer: ImageLayer | undefined;
  await exportContainer(store, container, async (tar) => {
    layer = await write(timestamp === undefined ? { tar } : { entries: withTime(tar, timestamp) });
  });
  return layer!;
}

async function* withTime(tar: AsyncIterable<Uint8Array>, seconds: number): AsyncGenerator<TarInput> {
  for await (const member of readTar(tar)) {
    const entry = { ...member, modified: { seconds, nanoseconds: 0 } };
    yield { entry, ...(member.type === "file" && { content: member.content() }) };
  }
}

/** What an OCI image has no place for. */
const dockerOnly = ["Healthcheck", "OnBuild", "Shell", "Hostname", "Domainname"];
const known = new Set([
  ...["User", "ExposedPorts", "Env", "Entrypoint", "Cmd", "Volumes", "WorkingDir", "Labels", "StopSignal"],
  ...["ArgsEscaped", ...dockerOnly],
]);

/** The container's settings as an image of this format has them: others than these are a container's, not an image's. */
function imageConfig({ settings }: WorkingContainer, options: CommitWorkingOptions): RuntimeConfig {
  const { working, config } = settings;
  const isDocker = options.format === "docker";
  const kept = Object.entries(config).filter(
    ([key, value]) => known.has(key) && (isDocker || !dockerOnly.includes(key)) && !isEmpty(value),
  );
  const unset = options.unsetEnv ?? [];
  const env = config.Env?.filter((entry) => !unset.includes(entry.split("=")[0]!));
  return {
    ...Object.fromEntries(kept),
    ...(env && env.length > 0 ? { Env: env } : { Env: undefined }),
    ...(isDocker && working.hostname ? { Hostname: working.hostname } : {}),
    ...(isDocker && working.domainname ? { Domainname: working.domainname } : {}),
  } as RuntimeConfig;
}

function isEmpty(value: unknown): boolean {
  return value === null || value === "" || (typeof value === "object" && Object.keys(value!).length === 0);
}

/** What `config` was told that an image of this format cannot say. */
export function lostSettings({ settings }: WorkingContainer): string[] {
  const { config, working } = settings;
  const names: Record<string, unknown> = {
    HEALTHCHECK: config.Healthcheck,
    ONBUILD: config.OnBuild ?? null,
    SHELL: config.Shell,
    "a host name": working.hostname,
    "a domain name": working.domainname,
    "a comment": working.comment,
  };
  return Object.keys(names).filter((name) => names[name] !== undefined && !isEmpty(names[name]));
}

function historyOf(
  { settings }: WorkingContainer,
  base: Image,
  created: string,
  { squash }: CommitWorkingOptions,
): HistoryEntry[] {
  const { working, config } = settings;
  const { author, historyComment = "" } = working;
  const comment = historyComment + (working.base?.name ? `FROM ${working.base.name}` : "");
  return [
    // Of an image that came without its whole history, tools could not tell which entry is which layer's.
    ...(squash ? [] : wholeHistory(base)),
    ...working.history,
    {
      created,
      created_by: working.createdBy || (config.Shell ?? []).join(" ") || "/bin/sh",
      ...(author ? { author } : {}),
      ...(comment ? { comment } : {}),
    },
  ];
}

function wholeHistory({ config, layers }: Image): HistoryEntry[] {
  const history = config.history ?? [];
  const missing = layers.length - history.filter((entry) => !entry.empty_layer).length;
  const entry = config.created === undefined ? {} : { created: config.created };
  return [...Array.from({ length: Math.max(0, missing) }, () => entry), ...history];
}

function annotationsOf({ settings: { working } }: WorkingContainer): Annotations {
  const { base, annotations } = working;
  return {
    ...annotations,
    ...(base && { "org.opencontainers.image.base.digest": base.digest }),
    ...(base?.name && { "org.opencontainers.image.base.name": base.name }),
  };
}
