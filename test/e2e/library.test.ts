/** The documented program runs as it stands, against a registry of its own. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openMemoryBlobs } from "../../src/blob/mod.ts";
import { createRegistryClient } from "../../src/distribution/mod.ts";
import { openSqliteMeta } from "../../src/meta/mod.ts";
import { parseConfig, parseManifest } from "../../src/oci/mod.ts";
import { startServer } from "../../src/server/mod.ts";
import { checkout, kasane, runOk } from "../outside.ts";

let work: string;
beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), "kasane-library-"));
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

test("the program of docs/library.md pulls, changes and pushes an image", async () => {
  const server = await startServer({
    store: { blobs: openMemoryBlobs(), meta: openSqliteMeta(join(work, "registry.db")) },
    address: "127.0.0.1:0",
  });
  try {
    const host = new URL(server.url).host;
    mkdirSync(join(work, "rootfs"));
    writeFileSync(join(work, "rootfs/hello.txt"), "hello\n");
    const root = join(work, "first");
    await runOk([kasane, "--root", root, "import", join(work, "rootfs"), `${host}/hello:v1`]);
    await runOk([kasane, "--root", root, "push", `${host}/hello:v1`]);

    const program = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(checkout, "docs/library.md"), "utf8"))![1]!;
    mkdirSync(join(work, "node_modules"));
    symlinkSync(checkout, join(work, "node_modules/kasane"));
    writeFileSync(join(work, "program.ts"), program.replaceAll("localhost:5000", host));
    const out = await runOk([process.execPath, "program.ts"], { cwd: work });

    const client = createRegistryClient({ host });
    const raw = await client.getManifest("hello", "v2");
    expect(out).toBe(`pushed ${raw.digest}\n`);
    const manifest = parseManifest(raw.bytes, raw.mediaType);
    if (manifest.kind !== "manifest") throw new Error("not a manifest");
    expect(manifest.layers).toHaveLength(2);
    const config = parseConfig(await new Response(await client.getBlob("hello", manifest.config)).bytes());
    expect(config.config?.Cmd).toEqual(["cat", "/note.txt"]);
  } finally {
    await server.stop();
  }
}, 60_000);
