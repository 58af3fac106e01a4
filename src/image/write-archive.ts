import { isKasaneError } from "../lib/mod.ts";
import {
  type Annotations,
  type Descriptor,
  type Digest,
  digestAlgorithm,
  digestHex,
  encodeManifest,
  formatReference,
  type ImageManifest,
  isImageConfigType,
  mediaTypes,
  type Platform,
  parseManifest,
  parseReference,
  type RawManifest,
  withDefaultTag,
} from "../oci/mod.ts";
import { type TarInput, writeTar } from "../tar/mod.ts";
import { convertSource } from "./convert-source.ts";
import { type CopyPlan, planCopy } from "./copy-plan.ts";
import { imageNameAnnotation, layoutVersion, refNameAnnotation, subjectAnnotation } from "./layout-index.ts";
import { resolvePlatform } from "./resolve-platform.ts";
import type { ImageSource } from "./source.ts";
import { verified } from "./verified.ts";

/** An image on its way into an archive. */
export interface ArchiveInput {
  readonly source: ImageSource;
  /** Names with tag; none is fine. */
  readonly names: readonly string[];
  /** Of its entry in index.json, beside the names. */
  readonly annotations?: Annotations;
  /** What goes along because it is about an image in the archive; what is about something else stays out. */
  readonly referrers?: readonly ImageSource[];
}

export interface WriteArchiveOptions {
  /**
   * Both are an OCI layout in a tar. `docker` keeps every manifest and its digest, and has a manifest.json as well, which
   * Docker before 29 and podman's and skopeo's docker-archive need. `oci` has OCI media types only: Docker's are
   * translated, which skopeo, podman and umoci insist on; podman takes one image of one name from it.
   */
  readonly format: "docker" | "oci";
  /** As in copyImage(); absent: everything the source has. */
  readonly platforms?: "all" | readonly Platform[];
}

interface PlannedImage extends ArchiveInput {
  readonly plan: CopyPlan;
  readonly artifactType?: string;
}

/**
 * The bytes of an image archive that `docker load`, `podman load`, `skopeo` (oci-archive and docker-archive) and containerd
 * read. Blobs go in as they are, so image IDs stay; what images share is there once; equal images give equal bytes. Children that an index names and the source does not have are left out.
 * @throws KasaneError of a source, also in the middle: what was written until then is no archive
 */
export async function* writeArchive(
  images: readonly ArchiveInput[],
  options: WriteArchiveOptions,
): AsyncGenerator<Uint8Array> {
  const planned: PlannedImage[] = [];
  for (const image of images) {
    const source = options.format === "oci" ? convertSource(image.source, "oci") : image.source;
    const plan = await planCopy(source, {
      platforms: options.platforms ?? "all",
      missingChildren: "skip",
      jobs: 4,
    });
    planned.push({ ...image, source, plan });
  }
  planned.push(...(await planReferrers(planned)));
  yield* writeTar(members(planned, options.format));
}

async function* members(images: readonly PlannedImage[], format: "docker" | "oci"): AsyncGenerator<TarInput> {
  yield file("oci-layout", json({ imageLayoutVersion: layoutVersion }));
  const index = {
    kind: "index",
    mediaType: mediaTypes.ociIndex,
    manifests: images.flatMap(indexEntries),
  } as const;
  yield file("index.json", encodeManifest(index).bytes);
  if (format === "docker") yield file("manifest.json", json(await dockerManifest(images)));

  const contents = collectContents(images);
  yield directory("blobs/");
  for (const algorithm of new Set([...contents.keys()].map(digestAlgorithm))) {
    yield directory(`blobs/${algorithm}/`);
  }
  for (const [digest, content] of contents) {
    const path = blobPath(digest);
    if (content instanceof Uint8Array) yield file(path, content);
    else {
      const { source, descriptor } = content;
      yield { ...file(path, descriptor.size), content: verified(await source.blob(descriptor), descriptor) };
    }
  }
}

/** As containerd marks what is about an image: it is none itself. */
async function planReferrers(images: readonly PlannedImage[]): Promise<PlannedImage[]> {
  const there = new Set(
    images.flatMap(({ plan }) => [plan.root, ...plan.children].map(({ digest }) => digest)),
  );
  const planned: PlannedImage[] = [];
  for (const source of images.flatMap(({ referrers = [] }) => referrers)) {
    const plan = await planCopy(source, { platforms: "all", missingChildren: "skip", jobs: 4 });
    const manifest = parseManifest(plan.root.bytes, plan.root.mediaType);
    const subject = manifest.subject?.digest;
    // Of a platform that is left out, or of a manifest that was translated into another one.
    if (subject === undefined || !there.has(subject) || there.has(plan.root.digest)) continue;
    there.add(plan.root.digest);
    const { artifactType } = manifest;
    const annotations = { [subjectAnnotation]: subject };
    planned.push({
      source,
      plan,
      names: [],
      annotations,
      ...(artifactType !== undefined && { artifactType }),
    });
  }
  return planned;
}

/** One descriptor for each name, as Docker and containerd write them; podman takes the full name, skopeo and umoci the tag. */
function indexEntries({ plan: { root }, names, annotations: own, artifactType }: PlannedImage): Descriptor[] {
  const descriptor = {
    mediaType: root.mediaType,
    digest: root.digest,
    size: root.bytes.length,
    ...(artifactType !== undefined && { artifactType }),
  };
  if (names.length === 0) return [{ ...descriptor, ...(own && { annotations: own }) }];
  return names.map((name) => {
    const reference = withDefaultTag(parseReference(name));
    const annotations = {
      ...own,
      [imageNameAnnotation]: formatReference(reference),
      ...(reference.tag ? { [refNameAnnotation]: reference.tag } : {}),
    };
    return { ...descriptor, annotations };
  });
}

/** RepoTags are canonical, as podman and skopeo write them: podman takes the short names of Docker's archives for its own localhost/. */
async function dockerManifest(images: readonly PlannedImage[]): Promise<object[]> {
  const entries = new Map<Digest, { Config: string; RepoTags: string[] | null; Layers: string[] }>();
  for (const image of images) {
    const manifest = await representative(image);
    if (!manifest) continue;
    const tags = image.names.map((name) => formatReference(withDefaultTag(parseReference(name))));
    const known = entries.get(manifest.config.digest)?.RepoTags ?? [];
    const all = [...known, ...tags];
    entries.set(manifest.config.digest, {
      Config: blobPath(manifest.config.digest),
      RepoTags: all.length > 0 ? all : null,
      Layers: manifest.layers.map((layer) => blobPath(layer.digest)),
    });
  }
  return [...entries.values()];
}

/** manifest.json knows no platforms: of an index the host's image stands there, else the first; of an artifact nothing. */
async function representative({ source, plan }: PlannedImage): Promise<ImageManifest | undefined> {
  const images = [plan.root, ...plan.children]
    .map((raw) => ({ raw, manifest: parseManifest(raw.bytes, raw.mediaType) }))
    .filter(({ manifest }) => manifest.kind === "manifest" && isImageConfigType(manifest.config.mediaType));
  const root = { raw: plan.root, manifest: parseManifest(plan.root.bytes, plan.root.mediaType) };
  let chosen: RawManifest | undefined;
  try {
    chosen = (await resolvePlatform(source, root, undefined)).raw;
  } catch (error) {
    if (!isKasaneError(error, "not-found")) throw error;
  }
  const found = images.find(({ raw }) => raw.digest === chosen?.digest) ?? images[0];
  return found?.manifest as ImageManifest | undefined;
}

type Content = Uint8Array | { readonly source: ImageSource; readonly descriptor: Descriptor };

/** Manifests and configs first, so that a reader of a stream knows early what the layers are for. */
function collectContents(images: readonly PlannedImage[]): Map<Digest, Content> {
  const contents = new Map<Digest, Content>();
  for (const { plan } of images) {
    for (const raw of [plan.root, ...plan.children]) contents.set(raw.digest, raw.bytes);
  }
  for (const kind of ["configs", "layers"] as const) {
    for (const { source, plan } of images) {
      for (const descriptor of plan[kind]) {
        if (!contents.has(descriptor.digest)) contents.set(descriptor.digest, { source, descriptor });
      }
    }
  }
  return contents;
}

function file(path: string, content: Uint8Array | number): TarInput {
  const sizeBytes = typeof content === "number" ? content : content.length;
  return {
    entry: { ...member, path, type: "file", mode: 0o644, sizeBytes },
    ...(typeof content === "number" ? {} : { content: [content] }),
  };
}

function directory(path: string): TarInput {
  return { entry: { ...member, path, type: "directory", mode: 0o755, sizeBytes: 0 } };
}

const member = { uid: 0, gid: 0, modified: { seconds: 0, nanoseconds: 0 } } as const;

function blobPath(digest: Digest): string {
  return `blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`;
}

function json(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}
