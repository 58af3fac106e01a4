import type { ByteRange } from "../blob/mod.ts";
import type { RegistryClient } from "../distribution/mod.ts";
import type { Descriptor, Digest, Reference } from "../oci/mod.ts";
import { withNearNames } from "./near-remote-names.ts";
import type { ImageSource } from "./source.ts";

export interface RegistryPlace {
  readonly client: RegistryClient;
  /** Of the client's host. With tag and digest the digest counts, as it does for Docker; with neither, `latest`. */
  readonly reference: Reference;
  readonly signal?: AbortSignal;
}

/** An image in a registry. Nothing is asked for before the first call. */
export function registrySource({ client, reference, signal }: RegistryPlace): ImageSource {
  const { repository, tag = "latest", digest } = reference;
  const options = signal ? { signal } : {};
  return {
    root: () =>
      withNearNames({ client, reference, ...options }, () =>
        client.getManifest(repository, digest ?? tag, options),
      ),
    manifest: (child: Digest) => client.getManifest(repository, child, options),
    blob: (descriptor: Descriptor, { start, end }: ByteRange = { start: 0 }) =>
      client.getBlob(repository, descriptor, {
        ...options,
        offset: start,
        ...(end !== undefined && { end }),
      }),
  };
}
