import { KasaneError } from "../lib/mod.ts";
import type { Descriptor, RawManifest } from "../oci/mod.ts";
import { noteReferrer } from "./note-referrer.ts";
import type { RegistryPlace } from "./registry-source.ts";
import type { ImageSink } from "./source.ts";

export interface RegistrySinkOptions extends RegistryPlace {
  /** Repositories of the same registry that may have a blob already, best guess first: it is mounted from there. */
  readonly mountFrom?: (blob: Descriptor) => readonly string[];
}

/**
 * Puts an image into a registry. The root gets the reference's tag, or `latest` where the reference has neither tag nor digest.
 * A reference with a digest takes that root and no other.
 * @throws KasaneError `conflict` for another root, and what the client throws
 */
export function registrySink(options: RegistrySinkOptions): ImageSink {
  const { client, reference, mountFrom } = options;
  const { repository } = reference;
  const call = options.signal ? { signal: options.signal } : {};
  return {
    putBlob(descriptor, open, progress) {
      let done = 0;
      return client.pushBlob(repository, descriptor, open, {
        ...call,
        mountFrom: mountFrom?.(descriptor) ?? [],
        mounted: (from) => progress?.(done, from),
        progress: (doneBytes) => {
          done = doneBytes;
          progress?.(doneBytes);
        },
      });
    },
    async putManifest(raw: RawManifest, { isRoot }) {
      const { tag, digest } = reference;
      if (isRoot && digest && digest !== raw.digest) {
        throw new KasaneError(
          "conflict",
          `the image has the digest ${raw.digest}, not ${digest} as its name says`,
          {
            hint: "push it under a tag",
          },
        );
      }
      const name = isRoot ? (tag ?? (digest ? raw.digest : "latest")) : raw.digest;
      const { subjectKnown } = await client.putManifest(repository, name, raw, call);
      if (!subjectKnown) await noteReferrer(client, repository, raw, call);
    },
  };
}
