import { join } from "node:path";
import { openFileSystemBlobs } from "../../../src/blob/mod.ts";
import { createRegistryClient, type RegistryClientOptions } from "../../../src/distribution/mod.ts";
import { copyImage, type ImageSource, registrySink, registrySource } from "../../../src/image/mod.ts";
import { MemoryImage } from "../../../src/image/testing/memory-image.ts";
import { openSqliteMeta } from "../../../src/meta/mod.ts";
import { parseReference } from "../../../src/oci/mod.ts";
import { type RunningServer, startServer } from "../../../src/server/mod.ts";
import { scratch } from "../peers.ts";

/** Kasane's registry on a free port, with an empty store in a directory of its own. */
export interface KasaneServer extends AsyncDisposable {
  readonly host: string;
  readonly url: string;
  /** What went wrong inside, which no client should ever cause. */
  readonly failures: readonly unknown[];
}

export async function startKasane(
  options: { tls?: { certificate: string; key: string } } = {},
): Promise<KasaneServer> {
  const directory = await scratch("serve");
  const failures: unknown[] = [];
  const meta = openSqliteMeta(join(directory.path, "meta.db"));
  const server: RunningServer = await startServer({
    store: { blobs: openFileSystemBlobs(directory.path), meta },
    address: "127.0.0.1:0",
    onError: (error) => failures.push(error),
    ...(options.tls ? { tls: options.tls } : {}),
  });
  return {
    host: server.host,
    url: server.url,
    failures,
    async [Symbol.asyncDispose]() {
      await server.stop();
      await meta.close();
      await directory[Symbol.asyncDispose]();
    },
  };
}

/** Pushes by Kasane's client. */
export async function pushImage(
  name: string,
  image: ImageSource,
  options: Partial<RegistryClientOptions> = {},
): Promise<void> {
  const reference = parseReference(name);
  const client = createRegistryClient({ host: reference.host, ...options });
  await copyImage(image, registrySink({ client, reference }), { platforms: "all" });
}

/** Pulls everything by Kasane's client, each byte checked. */
export async function pullImage(
  name: string,
  options: Partial<RegistryClientOptions> = {},
): Promise<MemoryImage> {
  const reference = parseReference(name);
  const client = createRegistryClient({ host: reference.host, ...options });
  const image = new MemoryImage();
  await copyImage(registrySource({ client, reference }), image, { platforms: "all" });
  return image;
}
