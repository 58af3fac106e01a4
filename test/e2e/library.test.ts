/** The documented programs run as they stand, against a registry of their own. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openMemoryBlobs } from "../../src/blob/mod.ts";
import { createRegistryClient } from "../../src/distribution/mod.ts";
import { openSqliteMeta } from "../../src/meta/mod.ts";
import { parseConfig, parseManifest } from "../../src/oci/mod.ts";
import { startServer } from "../../src/server/mod.ts";
import { checkout, kasane, runOk } from "../outside.ts";
import { blocks, Ports } from "./documents.ts";

let work: string;
beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), "kasane-library-"));
  mkdirSync(join(work, "node_modules"));
  symlinkSync(checkout, join(work, "node_modules/kasane"));
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** One of the programs that the document shows, as it stands but for `change`. Returns what it says. */
async function runProgram(index: number, change: (program: string) => string): Promise<string> {
  writeFileSync(join(work, "program.ts"), change(blocks("docs/library.md", "ts")[index]!));
  return runOk([process.execPath, "program.ts"], { cwd: work });
}

test("the program of docs/library.md pulls, changes and pushes an image", async () => {
  const meta = openSqliteMeta(join(work, "registry.db"));
  const server = await startServer({
    store: { blobs: openMemoryBlobs(), meta },
    address: "127.0.0.1:0",
  });
  try {
    const host = new URL(server.url).host;
    mkdirSync(join(work, "rootfs"));
    writeFileSync(join(work, "rootfs/hello.txt"), "hello\n");
    const root = join(work, "first");
    await runOk([kasane, "--root", root, "import", join(work, "rootfs"), `${host}/hello:v1`]);
    await runOk([kasane, "--root", root, "push", `${host}/hello:v1`]);

    const out = await runProgram(0, (program) => program.replaceAll("localhost:5000", host));

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
    await meta.close();
  }
}, 60_000);

test("the program of docs/library.md that is a registry lets in whom it should", async () => {
  const ports = new Ports();
  const out = await runProgram(1, (program) => ports.replace(program));
  expect(out).toMatch(
    /^\{\s+name: "public\/nothing",\s+tags: \[ "v1" \],\s+\}\nlocalhost:\d+\/public\/nothing:v2: unauthorized\nlocalhost:\d+\/team\/nothing:v1: denied\n$/,
  );
}, 60_000);
