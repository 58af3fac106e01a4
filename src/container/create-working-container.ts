import { mkdir } from "node:fs/promises";
import { newImage } from "../image/mod.ts";
import { isKasaneError, KasaneError, toByteStream } from "../lib/mod.ts";
import type { LeaseId } from "../meta/mod.ts";
import type { Digest, Platform, RuntimeConfig } from "../oci/mod.ts";
import type { LocalImage, LocalStore } from "../store/mod.ts";
import { type Container, recordOf } from "./container.ts";
import { containerDirectory } from "./container-directory.ts";
import { randomContainerId } from "./container-name.ts";
import { sweepContainers } from "./remove-container.ts";
import type { WorkingSettings } from "./working-settings.ts";

export interface WorkingOptions {
  /** Absent: from scratch. */
  readonly image?: LocalImage;
  /** How the image was named: what the container's name and the history tell. */
  readonly imageName?: string;
  /** Absent: buildah's, `alpine-working-container`, with a number where that is taken. */
  readonly name?: string;
  /** Of a container from scratch. */
  readonly platform: Platform;
}

/**
 * Makes a working container: nothing runs in it by itself, it is changed command by command and committed.
 * @throws KasaneError `conflict` (the name is taken), `usage`
 */
export async function createWorkingContainer(store: LocalStore, options: WorkingOptions): Promise<Container> {
  const { image, name } = options;
  if (name !== undefined && !isWorkingName(name)) {
    throw new KasaneError("usage", `invalid container name ${JSON.stringify(name)}`, {
      hint: "letters, digits, and after the first of them _ . -",
      data: { exitCode: 125 },
    });
  }
  await sweepContainers(store);
  return store.withLease("working container", async (lease) => {
    const manifest = image ? image.raw.digest : await scratchImage(store, lease, options.platform);
    await store.meta.leases.hold(lease, [manifest]);
    const id = randomContainerId();
    const container = {
      id,
      manifest,
      createdAtMs: Date.now(),
      settings: settingsOf(id, options),
      state: { kind: "created" },
    } as const;
    const given = await register(store, container, name, namePrefix(image ? options.imageName : undefined));
    await mkdir(containerDirectory(store, id), { recursive: true, mode: 0o700 });
    return { ...container, name: given };
  });
}

function settingsOf(id: string, { image, imageName, platform }: WorkingOptions): Container["settings"] {
  const { os, architecture, variant, author } = image?.config ?? (platform as Partial<LocalImage["config"]>);
  const working: WorkingSettings = {
    ...(image && { base: { digest: image.raw.digest, ...(imageName && { name: imageName }) } }),
    platform: image
      ? {
          os: os!,
          architecture: architecture!,
          ...(variant ? { variant } : {}),
          ...(image.config["os.version"] ? { "os.version": image.config["os.version"] } : {}),
          ...(image.config["os.features"] ? { "os.features": image.config["os.features"] } : {}),
        }
      : platform,
    ...(author ? { author } : {}),
    annotations: {},
    history: [],
  };
  return {
    image: imageName ?? "scratch",
    imageId: image?.id ?? ("" as Digest),
    config: (image?.config.config ?? {}) as RuntimeConfig,
    hostname: id.slice(0, 12),
    mounts: [],
    network: "host",
    readOnlyRoot: false,
    terminal: false,
    removeWhenDone: false,
    working,
  };
}

/** An image without layers, for containers from scratch to stand on. It is no image of the store, and goes with the last of them. */
async function scratchImage(store: LocalStore, lease: LeaseId, platform: Platform): Promise<Digest> {
  const image = newImage({ platform, layers: [], history: [] });
  const sink = store.sink({ lease, names: [] });
  await sink.putBlob(image.configDescriptor, async (offset = 0) =>
    toByteStream([image.configBytes.subarray(offset)]),
  );
  await sink.putManifest(image.raw, { isRoot: false });
  return image.raw.digest;
}

/** As buildah: what stands before the first colon, without its directories. */
function namePrefix(imageName: string | undefined): string {
  const path = (imageName ?? "").split(/[:@]/)[0]!;
  const prefix = path.slice(path.lastIndexOf("/") + 1).replace(/^[^a-zA-Z0-9]+/, "");
  return prefix === "" ? "working-container" : `${prefix}-working-container`;
}

/** Also one letter, which `run --name` does not take. */
function isWorkingName(text: string): boolean {
  return /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(text) && text.length <= 128;
}

async function register(
  store: LocalStore,
  container: Omit<Container, "name">,
  wanted: string | undefined,
  prefix: string,
): Promise<string> {
  for (let number = 0; ; number++) {
    const name = wanted ?? (number === 0 ? prefix : `${prefix}-${number}`);
    const taken = wanted === undefined && (await store.meta.containers.get(name))?.name === name;
    if (taken) continue;
    try {
      await store.meta.containers.put(recordOf({ ...container, name }));
      return name;
    } catch (error) {
      if (wanted !== undefined || !isKasaneError(error, "conflict")) throw error;
    }
  }
}
