import { imageFrom, openArchive, writeArchive } from "../../src/image/mod.ts";
import {
  addTestImage,
  addTestIndex,
  MemoryImage,
  type TestImage,
} from "../../src/image/testing/memory-image.ts";
import { digestHex, digestOf, parsePlatform } from "../../src/oci/mod.ts";

/** A small image of two layers, the upper of which hides a file of the lower. */
export async function sampleImage(options: TestImage = {}): Promise<MemoryImage> {
  const image = new MemoryImage();
  const layers = [
    { "etc/": "", "etc/motd": "hello\n", "etc/old": "goes" },
    { "etc/": "", "etc/.wh.old": "", "srv/": "", "srv/data": "x".repeat(100_000) },
  ];
  await addTestImage(image, { layers, config: { Cmd: ["/bin/true"], Labels: { a: "b" } }, ...options });
  return image;
}

/** An index over two platforms with an attestation. */
export async function sampleIndex(): Promise<MemoryImage> {
  const image = new MemoryImage();
  await addTestIndex(image, ["linux/amd64", "linux/arm64"].map(parsePlatform));
  return image;
}

export interface Named {
  readonly image: MemoryImage;
  readonly names: readonly string[];
}

/** What `kasane save` writes. */
export async function save(path: string, format: "docker" | "oci", ...images: Named[]): Promise<void> {
  const inputs = images.map(({ image, names }) => ({ source: image, names }));
  const file = Bun.file(path).writer();
  for await (const chunk of writeArchive(inputs, { format })) {
    file.write(chunk);
    await file.flush();
  }
  await file.end();
}

export interface Loaded {
  readonly names: readonly string[];
  readonly digest: string;
  readonly id: string;
  readonly diffIds: readonly string[];
}

/** What `kasane load` finds in an archive of somebody else, every blob of it checked. */
export async function load(path: string, tempDir: string): Promise<Loaded[]> {
  await using archive = await openArchive(path, { tempDir });
  const found: Loaded[] = [];
  for (const { source, names } of archive.images) {
    const image = await imageFrom(source);
    for (const { descriptor } of image.layers) {
      const bytes = await new Response(await source.blob(descriptor)).bytes();
      if (digestOf(bytes) !== descriptor.digest)
        throw new Error(`layer ${descriptor.digest} has other bytes`);
    }
    const { digest } = await source.root();
    found.push({ names, digest, id: digestHex(image.id), diffIds: image.config.rootfs.diff_ids });
  }
  return found;
}
