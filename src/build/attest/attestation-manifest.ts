import type { ImageSource } from "../../image/mod.ts";
import { KasaneError, toByteStream } from "../../lib/mod.ts";
import {
  type Descriptor,
  type Digest,
  digestOf,
  encodeManifest,
  type ImageManifest,
  mediaTypes,
  type RawManifest,
} from "../../oci/mod.ts";
import type { Statement } from "./statement.ts";

/** Statements about an image, as an artifact that refers to its manifest. All of it is small and in memory. */
export interface Attestation {
  readonly raw: RawManifest;
  readonly subject: Digest;
  /** Config and statements. */
  readonly blobs: readonly { readonly descriptor: Descriptor; readonly bytes: Uint8Array }[];
  readonly source: ImageSource;
}

/** BuildKit's, so that what looks for attestations finds them. */
const artifactType = "application/vnd.docker.attestation.manifest.v1+json";
const statementType = "application/vnd.in-toto+json";
const emptyConfig = new TextEncoder().encode("{}");

/** image-spec, "Guidelines for Artifact Usage": no config, one layer for each statement. Equal statements give equal bytes. */
export function attestationOf(subject: Descriptor, statements: readonly Statement[]): Attestation {
  const config = {
    descriptor: {
      mediaType: "application/vnd.oci.empty.v1+json",
      digest: digestOf(emptyConfig),
      size: emptyConfig.length,
      data: "e30=",
    },
    bytes: emptyConfig,
  };
  const layers = statements.map((statement) => {
    const bytes = new TextEncoder().encode(JSON.stringify(statement));
    const annotations = { "in-toto.io/predicate-type": statement.predicateType };
    return {
      descriptor: { mediaType: statementType, digest: digestOf(bytes), size: bytes.length, annotations },
      bytes,
    };
  });
  const { mediaType, digest, size } = subject;
  const manifest: ImageManifest = {
    kind: "manifest",
    mediaType: mediaTypes.ociManifest,
    artifactType,
    config: config.descriptor,
    layers: layers.map(({ descriptor }) => descriptor),
    subject: { mediaType, digest, size },
  };
  const raw = encodeManifest(manifest);
  const blobs = [config, ...layers];
  return { raw, subject: digest, blobs, source: memorySource(raw, blobs) };
}

function memorySource(raw: RawManifest, blobs: Attestation["blobs"]): ImageSource {
  return {
    root: async () => raw,
    async manifest() {
      throw new KasaneError("internal", "an attestation has no children");
    },
    async blob({ digest }, range) {
      const { bytes } = blobs.find(({ descriptor }) => descriptor.digest === digest)!;
      return toByteStream([bytes.subarray(range?.start ?? 0, range?.end)]);
    },
  };
}
