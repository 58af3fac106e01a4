import { type ByteSource, collect } from "../../lib/mod.ts";
import { digestHex, digestOf } from "../../oci/mod.ts";
import { type TarInput, writeTar } from "../../tar/mod.ts";
import { copyImage } from "../copy-image.ts";
import { openArchive } from "../open-archive.ts";
import { addTestImage, MemoryImage } from "./memory-image.ts";

export const whole = (source: ByteSource) => collect(source, 2 ** 28, "archive");
export const text = (value: unknown) =>
  new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));

export async function anImage(content = "x", compression: "gzip" | "zstd" | "none" = "gzip") {
  const image = new MemoryImage();
  await addTestImage(image, { layers: [{ content }, { shared: "the same" }], compression });
  return image;
}

/** A tar of files; a value that begins with `->` is a symlink, with `=>` a hard link. */
export function tarOf(files: Readonly<Record<string, string | Uint8Array>>): Promise<Uint8Array> {
  const inputs = Object.entries(files).map(([path, content]): TarInput => {
    const entry = { path, mode: 0o644, uid: 0, gid: 0, modified: { seconds: 0, nanoseconds: 0 } };
    if (typeof content === "string" && /^[-=]>/.test(content)) {
      const type = content.startsWith("-") ? "symlink" : "hardlink";
      return { entry: { ...entry, type, linkTarget: content.slice(2), sizeBytes: 0 } };
    }
    const bytes = text(content);
    const body = typeof content === "string" ? bytes : content;
    return { entry: { ...entry, type: "file", sizeBytes: body.length }, content: [body] };
  });
  return whole(writeTar(inputs));
}

/** As `docker save` of a Docker before 25 writes it. */
export async function legacyArchive(layerFiles: readonly Uint8Array[], extra: Record<string, string> = {}) {
  const diffIds = layerFiles.map((layer) =>
    digestOf(layer[0] === 0x1f ? Bun.gunzipSync(new Uint8Array(layer)) : layer),
  );
  const config = text({ architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: diffIds } });
  const name = `${digestHex(digestOf(config))}.json`;
  const files: Record<string, string | Uint8Array> = {};
  for (const [index, layer] of layerFiles.entries()) {
    files[`layer${index}/VERSION`] = "1.0";
    files[`layer${index}/layer.tar`] = layer;
  }
  const Layers = layerFiles.map((_, index) => `layer${index}/layer.tar`);
  const manifest = JSON.stringify([{ Config: name, RepoTags: ["app:1", "host:5000/app:2"], Layers }]);
  return {
    tar: await tarOf({ ...files, [name]: config, "manifest.json": manifest, ...extra }),
    config,
    diffIds,
  };
}

/** Every image of an archive, copied out of it; `tempDir` is empty again afterwards. */
export async function loadAll(input: string | ByteSource, tempDir: string) {
  await using archive = await openArchive(input, { tempDir });
  const images = [];
  for (const { source, names, refNames } of archive.images) {
    const image = new MemoryImage();
    await copyImage(source, image, { platforms: "all" });
    images.push({ image, names, refNames });
  }
  return { format: archive.format, images };
}
