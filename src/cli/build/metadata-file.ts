import type { BuildResult } from "../../build/mod.ts";
import { writeFileAtomically } from "../write-file.ts";

/** What BuildKit's exporters and buildx call it. */
export function buildMetadata(result: BuildResult, names: readonly string[]): Record<string, unknown> {
  const { raw, descriptor, platforms, id } = result;
  return {
    ...(platforms.length === 1 && { "containerimage.config.digest": id }),
    "containerimage.descriptor": descriptor,
    "containerimage.digest": raw.digest,
    ...(names.length > 0 && { "image.name": names.join(",") }),
  };
}

export async function writeMetadata(path: string, metadata: Record<string, unknown>): Promise<void> {
  const text = `${JSON.stringify(metadata, undefined, 2)}\n`;
  await writeFileAtomically(path, [new TextEncoder().encode(text)]);
}
