/** The backup that docs/registry-upkeep.md describes: the database first, then the blobs, while the registry serves. */
import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { digestOf } from "../../src/oci/mod.ts";
import { scratch } from "../interop/peers.ts";
import { kasane, runOk } from "../outside.ts";
import { serveStore } from "../serve-process.ts";

test("a copy of the database and then of the blobs is a whole registry", async () => {
  await using directory = await scratch("backup");
  const [root, copy] = [join(directory.path, "registry"), join(directory.path, "copy")];
  await using first = await serveStore(root);
  const pushing = Array.from({ length: 20 }, (_, number) => push(first.address, `v${number}`));
  await Promise.race(pushing);

  await mkdir(copy);
  const database = new Database(join(root, "meta.db"), { readonly: true });
  database.run("VACUUM INTO ?", [join(copy, "meta.db")]);
  database.close();
  await Promise.all(pushing);
  await cp(join(root, "blobs"), join(copy, "blobs"), { recursive: true });

  // Blobs that came after the copy of the database have no row yet: leftovers, and nothing else.
  await runOk([kasane, "--root", copy, "fsck", "--repair"]);
  expect(await runOk([kasane, "--root", copy, "fsck"])).toContain("no problems");
  await using second = await serveStore(copy);
  const { tags } = (await (await fetch(`http://${second.address}/v2/app/tags/list`)).json()) as {
    tags: string[];
  };
  expect(tags.length).toBeGreaterThan(0);
  for (const tag of tags) {
    const blob = await fetch(`http://${second.address}/v2/app/blobs/${digestOf(tag)}`);
    expect(await blob.text()).toBe(tag);
  }
}, 30_000);

async function push(address: string, tag: string): Promise<void> {
  const url = `http://${address}/v2/app`;
  const upload = `${url}/blobs/uploads/?digest=${digestOf(tag)}`;
  expect((await fetch(upload, { method: "POST", body: tag })).status).toBe(201);
  const config = {
    mediaType: "application/vnd.example.config",
    digest: digestOf(tag),
    size: Buffer.byteLength(tag),
  };
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const response = await fetch(`${url}/manifests/${tag}`, {
    method: "PUT",
    headers: { "content-type": mediaType },
    body: JSON.stringify({ schemaVersion: 2, mediaType, config, layers: [] }),
  });
  expect(response.status).toBe(201);
}
