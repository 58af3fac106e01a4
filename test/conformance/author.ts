import { gzipSync } from "node:zlib";
import { type Algorithm, digestOf, freshBytes } from "./registry.ts";

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly [field: string]: unknown;
}

export interface SetManifest extends Descriptor {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly tag?: string;
  readonly subject?: string;
  /** The manifests that an index lists. */
  readonly children: readonly string[];
  /** What the referrers API must say of it, where it has a subject. */
  readonly referrer?: Descriptor;
}

/** Content as it is pushed: blobs, then manifests in an order in which each comes after those it lists. */
export interface DataSet {
  readonly blobs: readonly { readonly digest: string; readonly bytes: Uint8Array<ArrayBuffer> }[];
  readonly manifests: readonly SetManifest[];
}

export const types = {
  image: "application/vnd.oci.image.manifest.v1+json",
  index: "application/vnd.oci.image.index.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar",
  gzipLayer: "application/vnd.oci.image.layer.v1.tar+gzip",
  foreignLayer: "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
  empty: "application/vnd.oci.empty.v1+json",
  sbom: "application/vnd.example.sbom",
  signature: "application/vnd.example.signature",
  dockerManifest: "application/vnd.docker.distribution.manifest.v2+json",
  dockerConfig: "application/vnd.docker.container.image.v1+json",
  dockerLayer: "application/vnd.docker.image.rootfs.diff.tar.gzip",
} as const;

interface ManifestOptions {
  readonly tag?: string;
  readonly subject?: Descriptor;
  readonly artifactType?: string;
  readonly annotations?: Record<string, string>;
}

/** Puts a data set together, piece by piece. */
export class Author {
  readonly blobs: { digest: string; bytes: Uint8Array<ArrayBuffer> }[] = [];
  readonly manifests: SetManifest[] = [];
  readonly #algorithm: Algorithm;

  constructor(algorithm: Algorithm = "sha256") {
    this.#algorithm = algorithm;
  }

  blob(mediaType: string, content: Uint8Array | string, isPushed = true): Descriptor {
    const bytes = new Uint8Array(Buffer.from(content));
    const digest = digestOf(bytes, this.#algorithm);
    if (isPushed && !this.blobs.some((blob) => blob.digest === digest)) this.blobs.push({ digest, bytes });
    return { mediaType, digest, size: bytes.length };
  }

  config(): Descriptor {
    const author = Buffer.from(freshBytes(8)).toString("hex");
    const config = { architecture: "amd64", os: "linux", author, rootfs: { type: "layers", diff_ids: [] } };
    return this.blob(types.config, JSON.stringify(config));
  }

  layer(mediaType: string = types.gzipLayer): Descriptor {
    const content = freshBytes(300);
    return this.blob(mediaType, mediaType.endsWith("gzip") ? gzipSync(content) : content);
  }

  manifest(
    options: ManifestOptions & {
      mediaType?: string;
      config?: Descriptor;
      layers?: readonly Descriptor[];
      more?: object;
    } = {},
  ): SetManifest {
    const config = options.config ?? this.config();
    const body = { config, layers: options.layers ?? [this.layer(), this.layer()], ...options.more };
    return this.#add(
      options.mediaType ?? types.image,
      body,
      options,
      options.artifactType ?? config.mediaType,
    );
  }

  index(options: ManifestOptions & { manifests: readonly Descriptor[] }): SetManifest {
    const platforms = ["amd64", "arm64"];
    const manifests = options.manifests.map(({ mediaType, digest, size }, at) => {
      const platform = { os: "linux", architecture: platforms[at % 2] };
      return { mediaType, digest, size, ...(mediaType === types.image ? { platform } : {}) };
    });
    return this.#add(types.index, { manifests }, options, options.artifactType);
  }

  artifact(options: ManifestOptions = {}): SetManifest {
    const config = this.blob(types.empty, "{}");
    const artifactType = options.artifactType ?? types.sbom;
    return this.manifest({ ...options, artifactType, config, layers: [this.layer(types.sbom)] });
  }

  #add(
    mediaType: string,
    body: { manifests?: readonly Descriptor[]; config?: Descriptor },
    options: ManifestOptions,
    referrerType?: string,
  ): SetManifest {
    const { tag, subject, artifactType, annotations } = options;
    const target = subject && { mediaType: subject.mediaType, digest: subject.digest, size: subject.size };
    // Indented, because a registry that writes manifests anew would give itself away.
    const text = JSON.stringify(
      { schemaVersion: 2, mediaType, artifactType, ...body, subject: target, annotations },
      null,
      3,
    );
    const bytes = new Uint8Array(Buffer.from(text));
    const digest = digestOf(bytes, this.#algorithm);
    const descriptor = { mediaType, digest, size: bytes.length };
    const referrer = {
      ...descriptor,
      ...(referrerType === undefined ? {} : { artifactType: referrerType }),
      ...(annotations === undefined ? {} : { annotations }),
    };
    const made: SetManifest = {
      ...descriptor,
      bytes,
      children: (body.manifests ?? []).map((child) => child.digest),
      ...(tag === undefined ? {} : { tag }),
      ...(target === undefined ? {} : { subject: target.digest, referrer }),
    };
    this.manifests.push(made);
    return made;
  }
}
