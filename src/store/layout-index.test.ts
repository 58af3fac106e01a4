import { expect, test } from "bun:test";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openLocalStore } from "./open-local-store.ts";
import { temporaryStore } from "./testing/temporary-store.ts";

interface LayoutJson {
  readonly annotations: Record<string, string>;
  readonly manifests: { digest: string; size: number; annotations?: Record<string, string> }[];
}

const readIndex = (root: string): Promise<LayoutJson> => Bun.file(join(root, "index.json")).json();
const namesIn = ({ manifests }: LayoutJson) =>
  manifests.map(({ annotations }) => annotations?.["org.opencontainers.image.ref.name"]).toSorted();

test("index.json names every image, as often as it has names", async () => {
  await using temporary = await temporaryStore();
  const { store, root } = temporary;
  expect((await readIndex(root)).manifests).toEqual([]);
  const { digest, size } = await temporary.add(["docker.io/library/a:latest"], { layers: [{ a: "1" }] });
  await store.tag("a", ["b:2"]);
  const index = await readIndex(root);
  expect(namesIn(index)).toEqual(["docker.io/library/a:latest", "docker.io/library/b:2"]);
  expect(index.manifests.every((entry) => entry.digest === digest && entry.size === size)).toBe(true);
  await temporary.add(["docker.io/library/a:latest"], { layers: [{ a: "2" }] });
  await store.remove("b:2");
  expect(namesIn(await readIndex(root))).toEqual(["docker.io/library/a:latest"]);
  expect(await readdir(join(root, "tmp"))).toEqual([]);
});

test("an index.json that a killed process left behind is made new by the next who opens", async () => {
  await using temporary = await temporaryStore();
  const { store, root } = temporary;
  const { digest } = await temporary.add(["docker.io/library/a:latest"]);
  await store.meta.images.put({ target: digest, names: ["docker.io/library/late:latest"] });
  expect(namesIn(await readIndex(root))).toEqual(["docker.io/library/a:latest"]);
  for (const damage of [undefined, "", "{}"]) {
    if (damage !== undefined) await writeFile(join(root, "index.json"), damage);
    await (await openLocalStore(root)).close();
    expect(namesIn(await readIndex(root))).toEqual([
      "docker.io/library/a:latest",
      "docker.io/library/late:latest",
    ]);
  }
});

test("many writers in several stores end with all their names", async () => {
  await using temporary = await temporaryStore();
  const { store, root } = temporary;
  await temporary.add(["docker.io/library/a:latest"]);
  const others = await Promise.all(Array.from({ length: 3 }, () => openLocalStore(root)));
  await Promise.all(
    [store, ...others].flatMap((each, writer) =>
      Array.from({ length: 5 }, (_, count) => each.tag("a", [`w${writer}:${count}`])),
    ),
  );
  const index = await readIndex(root);
  expect(index.manifests).toHaveLength(21);
  expect(index.annotations["org.kasane.revision"]).toBe(String(await store.meta.images.revision()));
  for (const each of others) await each.close();
});
