import type { Digest } from "./digest.ts";

export type Annotations = Readonly<Record<string, string>>;

/** OCI image-spec descriptor.md. Fields Kasane does not know stay in the raw manifest bytes. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly urls?: readonly string[];
  readonly annotations?: Annotations;
  /** Base64 of the content itself. */
  readonly data?: string;
  readonly artifactType?: string;
  readonly platform?: PlatformFields;
}

/** The `platform` object of an index entry, as it stands in JSON. */
export interface PlatformFields {
  readonly architecture: string;
  readonly os: string;
  readonly variant?: string;
  readonly "os.version"?: string;
  readonly "os.features"?: readonly string[];
}
