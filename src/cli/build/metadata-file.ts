import type { BuildResult } from "../../build/mod.ts";
import { formatPlatform, isIndexType } from "../../oci/mod.ts";
import { writeFileAtomically } from "../write-file.ts";

/** What BuildKit's exporters and buildx call it. */
export function buildMetadata(result: BuildResult, names: readonly string[]): Record<string, unknown> {
  const { raw, descriptor, id } = result;
  return {
    ...provenances(result),
    ...(!isIndexType(raw.mediaType) && { "containerimage.config.digest": id }),
    "containerimage.descriptor": descriptor,
    "containerimage.digest": raw.digest,
    ...(names.length > 0 && { "image.name": names.join(",") }),
  };
}

/** Of one platform under the plain key, of several with the platform behind it. */
function provenances({ attestations, platforms, raw }: BuildResult): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const { subject, blobs } of attestations) {
    const built = platforms.find(({ descriptor }) => descriptor.digest === subject)!;
    const suffix = isIndexType(raw.mediaType) ? `/${formatPlatform(built.platform)}` : "";
    for (const { descriptor, bytes } of blobs) {
      if (descriptor.annotations?.[predicateType] !== "https://slsa.dev/provenance/v1") continue;
      const { predicate } = JSON.parse(new TextDecoder().decode(bytes)) as { predicate: unknown };
      found[`buildx.build.provenance${suffix}`] = predicate;
    }
  }
  return found;
}

const predicateType = "in-toto.io/predicate-type";

export async function writeMetadata(path: string, metadata: Record<string, unknown>): Promise<void> {
  const text = `${JSON.stringify(metadata, undefined, 2)}\n`;
  await writeFileAtomically(path, [new TextEncoder().encode(text)]);
}
