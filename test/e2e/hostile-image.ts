/** Images and archives that no honest program writes. */
import { layerTar, type TestEntry } from "../../src/layer/testing/layer-tar.ts";
import { collect } from "../../src/lib/mod.ts";
import { digestOf, mediaTypes } from "../../src/oci/mod.ts";
import { writeTar } from "../../src/tar/mod.ts";

type Json = Record<string, unknown>;
type Descriptor = { mediaType: string; digest: string; size: number };

/** Blobs of an OCI layout, each under its own digest, whatever they say. */
export class HostileImage {
  readonly blobs = new Map<string, Uint8Array>();

  add(content: Uint8Array | string | Json, mediaType: string): Descriptor {
    const text =
      typeof content === "string" || content instanceof Uint8Array ? content : JSON.stringify(content);
    const bytes = typeof text === "string" ? Buffer.from(text) : text;
    const digest = digestOf(bytes);
    this.blobs.set(digest, bytes);
    return { mediaType, digest, size: bytes.length };
  }

  async layer(entries: readonly (TestEntry | string)[]): Promise<Descriptor> {
    return this.add(await layerTar(entries), mediaTypes.ociLayer);
  }

  /** A manifest of layers; `config` and `manifest` replace what an honest one would say. */
  image(layers: readonly Descriptor[], change: { config?: Json; manifest?: Json } = {}): Descriptor {
    const config = {
      os: "linux",
      architecture: process.arch === "arm64" ? "arm64" : "amd64",
      config: { Cmd: ["sh"] },
      rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => digest) },
      ...change.config,
    };
    const manifest = {
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: this.add(config, mediaTypes.ociConfig),
      layers,
      ...change.manifest,
    };
    return this.add(manifest, mediaTypes.ociManifest);
  }

  index(manifests: readonly Descriptor[]): Descriptor {
    return this.add({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests }, mediaTypes.ociIndex);
  }

  /** An archive with one image of that name. */
  archive(name: string, root: Descriptor): Promise<Uint8Array> {
    const annotations = { "io.containerd.image.name": `docker.io/library/${name}` };
    const files: [string, Uint8Array][] = [
      ["oci-layout", Buffer.from('{"imageLayoutVersion":"1.0.0"}')],
      [
        "index.json",
        Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: [{ ...root, annotations }] })),
      ],
      ...[...this.blobs].map(
        ([digest, bytes]) => [`blobs/${digest.replace(":", "/")}`, bytes] as [string, Uint8Array],
      ),
    ];
    const time = { seconds: 0, nanoseconds: 0 };
    const members = files.map(([path, bytes]) => ({
      entry: {
        path,
        type: "file",
        mode: 0o644,
        uid: 0,
        gid: 0,
        sizeBytes: bytes.length,
        modified: time,
      } as const,
      content: [bytes],
    }));
    return collect(writeTar(members), 2 ** 28, "the archive");
  }
}
