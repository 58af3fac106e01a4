import { expect, test } from "bun:test";
import { join } from "node:path";
import { copyInto, temporaryStore } from "../../../src/store/testing/temporary-store.ts";
import { missing } from "../../outside.ts";
import { sampleImage, sampleIndex } from "../archive-file.ts";
import { scratch, skopeo } from "../peers.ts";

const skip = test.skipIf(missing("skopeo"));
const name = "docker.io/library/x:latest";

skip("skopeo reads the store itself as an OCI layout, by name", async () => {
  await using temporary = await temporaryStore();
  await using directory = await scratch("skopeo-store");
  const { store, root } = temporary;
  const image = await sampleImage({ family: "oci", compression: "gzip" });
  await copyInto(store, image, [name, "localhost:5000/team/y:1.0"]);
  const { id, record } = await store.find("x");
  const inspected = JSON.parse(await skopeo()("inspect", `oci:${root}:${name}`));
  expect(inspected.Digest).toBe(record.target);
  await skopeo()("copy", `oci:${root}:localhost:5000/team/y:1.0`, `dir:${directory.path}/copy`);
  expect((await Bun.file(join(directory.path, "copy/manifest.json")).json()).config.digest).toBe(id);
  await store.remove("x");
  await expect(skopeo()("inspect", `oci:${root}:${name}`)).rejects.toThrow("no descriptor found");
});

skip("skopeo takes an index out of the store with all its platforms", async () => {
  await using temporary = await temporaryStore();
  await using directory = await scratch("skopeo-store");
  const index = await sampleIndex();
  await copyInto(temporary.store, index, [name]);
  await skopeo()("copy", "--all", `oci:${temporary.root}:${name}`, `dir:${directory.path}/copy`);
  const copied = await Bun.file(join(directory.path, "copy/manifest.json")).text();
  expect(copied).toBe(new TextDecoder().decode((await index.root()).bytes));
});
