import type { Digest, Platform } from "../oci/mod.ts";
import type { LocalImage, LocalStore } from "../store/mod.ts";
import { createdAtMs, unpackedSize } from "./image-rows.ts";

export interface ImageSummary {
  readonly record: LocalImage["record"];
  readonly id: Digest;
  readonly manifest: Digest;
  readonly platform: Platform;
  readonly createdAtMs?: number;
  readonly contentSizeBytes: number;
  readonly labels: Readonly<Record<string, string>>;
}

export async function imageSummaries(store: LocalStore): Promise<ImageSummary[]> {
  return Promise.all(
    (await store.list()).map(async (image) => {
      const created = createdAtMs(image);
      return {
        record: image.record,
        id: image.id,
        manifest: image.raw.digest,
        platform: { os: image.config.os, architecture: image.config.architecture },
        ...(created !== undefined && { createdAtMs: created }),
        contentSizeBytes: await unpackedSize(store, image),
        labels: image.config.config?.Labels ?? {},
      };
    }),
  );
}
