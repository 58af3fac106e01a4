import { copyImage } from "../../src/image/mod.ts";
import { addTestImage, MemoryImage } from "../../src/image/testing/memory-image.ts";
import { openLocalStore } from "../../src/store/mod.ts";

/** Fills a store with `count` images of three layers each, two of them shared by ten, under `tags` names in all. Returns the names. */
export async function fillStore(
  root: string,
  { count, tags }: { count: number; tags: number },
): Promise<string[]> {
  const store = await openLocalStore(root);
  const names: string[] = [];
  for (let index = 0; index < count; index++) {
    const image = new MemoryImage();
    const base = Math.floor(index / 10);
    await addTestImage(image, {
      platform: { os: "linux", architecture: "amd64" },
      layers: [
        { "etc/": "", "etc/os-release": `base ${base}\n` },
        { "opt/": "", "opt/library": "x".repeat(2000 + base) },
        { "app/": "", "app/main": `program ${index}\n` },
      ],
    });
    const own = Array.from({ length: Math.ceil((tags - index) / count) }, (_, tag) => `app${index}:v${tag}`);
    names.push(...own);
    await store.withLease("bench", (lease) =>
      copyImage(image, store.sink({ lease, names: own.map((name) => `docker.io/library/${name}`) }), {
        platforms: "all",
      }),
    );
  }
  await store.close();
  return names;
}
