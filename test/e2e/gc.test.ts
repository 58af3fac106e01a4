/** The collector through the real command line, beside a server that goes on serving. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { digestOf } from "../../src/oci/mod.ts";
import { type Scratch, scratch } from "../interop/peers.ts";
import { hasPrograms, kasane, run, runOk } from "../outside.ts";
import { serveStore } from "../serve-process.ts";

let directory: Scratch;
let root: string;
let url: string;
let server: AsyncDisposable;
beforeAll(async () => {
  directory = await scratch("gc");
  root = join(directory.path, "root");
  const started = await serveStore(root);
  url = `http://${started.address}/v2`;
  server = started;
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

const gc = (...args: string[]) => [kasane, "--root", root, "gc", ...args];
const status = async (method: string, path: string) => (await fetch(`${url}/${path}`, { method })).status;

async function pushBlob(repository: string, content: string): Promise<string> {
  const digest = digestOf(content);
  const path = `${url}/${repository}/blobs/uploads/?digest=${digest}`;
  expect((await fetch(path, { method: "POST", body: content })).status).toBe(201);
  return digest;
}

async function pushImage(name: string, layer: string): Promise<void> {
  const [repository, tag] = name.split(":") as [string, string];
  const describe = async (mediaType: string, content: string) => ({
    mediaType,
    digest: await pushBlob(repository, content),
    size: content.length,
  });
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const manifest = {
    schemaVersion: 2,
    mediaType,
    config: await describe("application/vnd.oci.image.config.v1+json", "{}"),
    layers: [await describe("application/vnd.oci.image.layer.v1.tar", layer)],
  };
  const response = await fetch(`${url}/${repository}/manifests/${tag}`, {
    method: "PUT",
    headers: { "content-type": mediaType },
    body: JSON.stringify(manifest),
  });
  expect(response.status).toBe(201);
}

test("gc says what it would do, does that, and leaves what is in use", async () => {
  await pushImage("team/app:v1", "layer of v1");
  const loose = await pushBlob("team/app", "nobody names this");
  expect(await runOk(gc("--dry-run"))).toBe("");
  const all = await runOk(gc("--dry-run", "--all"));
  expect(all).toContain("tag v1 of team/app points to it");
  expect(all).toMatch(/link in team\/app +wait +pushed: in its grace period until /);

  const lines = (await runOk(gc("--dry-run", "--grace", "0s", "--format", "json"))).trim().split("\n");
  const decisions = lines.map(
    (line) => JSON.parse(line) as { digest: string; kind: string; decision: string },
  );
  const going = decisions.filter(({ decision }) => decision === "remove");
  expect(going.map(({ digest, kind }) => [kind, digest])).toEqual([
    ["object", loose],
    ["link", loose],
  ]);
  expect(await runOk(gc("--grace", "0s"))).toBe(
    "Removed 1 blobs, 0 untagged manifests and 1 links\nTotal reclaimed space: 17B\n",
  );
  expect(await status("GET", `team/app/blobs/${loose}`)).toBe(404);
  expect(await status("GET", `team/app/blobs/${digestOf("layer of v1")}`)).toBe(200);
  expect(await runOk(gc("--dry-run", "--grace", "0s"))).toBe("");
});

test("a deleted tag keeps its image until it cannot be restored; untagged manifests go when that is asked for", async () => {
  await pushImage("undo:v1", "layer of undo");
  expect(await status("DELETE", "undo/manifests/v1")).toBe(202);
  await runOk(gc("--grace", "0s", "--untagged", "0s"));
  await runOk([kasane, "--root", root, "registry", "restore", "undo:v1"]);
  expect(await status("GET", "undo/manifests/v1")).toBe(200);
  expect(await status("GET", `undo/blobs/${digestOf("layer of undo")}`)).toBe(200);
});

test("what is only in SQL, and what is on the disk, goes together", async () => {
  const before = (await readdir(join(root, "blobs/sha256"))).length;
  await pushBlob("other", "to be deleted");
  expect(await status("DELETE", `other/blobs/${digestOf("to be deleted")}`)).toBe(202);
  expect(JSON.parse(await runOk(gc("--grace", "0s", "--format", "json")))).toMatchObject({
    blobs: 1,
    freedBytes: 13,
    links: 0,
  });
  expect(await readdir(join(root, "blobs/sha256"))).toHaveLength(before);
});

test.each([
  [["--grace", "soon"], "soon"],
  [["--all"], "--dry-run"],
  [["--format", "{{.blobs"], "template parsing error"],
])("gc %p is a mistake", async (args, named) => {
  const { code, err } = await run(gc(...args));
  expect(code).not.toBe(0);
  expect(err).toContain(named);
});

test.skipIf(process.getuid?.() !== 0 || !hasPrograms("unshare", "mount"))(
  "fsck and gc --dry-run read a store on a read-only file system",
  async () => {
    const still = join(directory.path, "still");
    const digest = await pushBlob("team/still", "what will be damaged");
    await runOk(["cp", "-a", root, still]);
    await writeFile(join(still, "blobs/sha256", digest.slice("sha256:".length)), "what was damaged now");
    const readOnly = (...args: string[]) => {
      const mount = `mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"`;
      return run(["unshare", "-m", "sh", "-c", mount, still, kasane, "--root", still, ...args]);
    };
    const check = await readOnly("fsck");
    expect(check.out).toContain(`damaged-blob ${digest}`);
    expect(check.code).toBe(1);
    const dry = await readOnly("gc", "--dry-run", "--all", "--format", "json");
    expect(dry.out).toContain(digest);
    expect(dry.code).toBe(0);
    expect((await readOnly("gc")).err).toMatch(/cannot (open|write) .*meta\.db/);
    expect((await readOnly("fsck", "--repair")).err).toMatch(/cannot (open|write) .*meta\.db/);
  },
);
