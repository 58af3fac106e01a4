/** Files of images in registries of all kinds: what a file of a layer with a table of contents costs, counted between registry and client. */
import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { kasane, missing, run, runOk } from "../../outside.ts";
import { serveStore } from "../../serve-process.ts";
import {
  type Daemon,
  type Peer,
  podman,
  removePodmanStorage,
  scratch,
  startDistribution,
  startDockerRegistry,
} from "../peers.ts";

const isMissing =
  missing("podman", "runc", "docker-registry", "distribution-registry") || process.getuid?.() !== 0;

/** Passes requests on, and counts the bytes of blobs in the answers. */
function countingProxy(target: string) {
  const counts = { blobBytes: 0, ranges: 0 };
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const url = new URL(request.url);
      const headers = new Headers(request.headers);
      headers.delete("host");
      const answer = await fetch(`http://${target}${url.pathname}${url.search}`, {
        method: request.method,
        headers,
        redirect: "manual",
      });
      const body = await answer.bytes();
      if (url.pathname.includes("/blobs/")) {
        counts.blobBytes += body.length;
        if (answer.status === 206) counts.ranges++;
      }
      return new Response(body, { status: answer.status, headers: answer.headers });
    },
  });
  return { address: `127.0.0.1:${server.port}`, counts, [Symbol.dispose]: () => void server.stop(true) };
}

const registries: Readonly<Record<string, (directory: string) => Promise<Daemon>>> = {
  "kasane serve": (directory) => serveStore(join(directory, "hosted")),
  "docker-registry": () => startDockerRegistry(),
  "distribution v3": () => startDistribution(),
};

/** Text that zstd makes about a third as large, in 400 files. */
function writeFiles(directory: string): void {
  mkdirSync(join(directory, "usr/share"), { recursive: true });
  for (let number = 0; number < 400; number++) {
    const lines = Array.from(
      { length: 300 },
      (_, index) => `${number} ${index} ${(index * 2654435761 + number) % 4294967296}`,
    );
    writeFileSync(join(directory, `usr/share/${number}`), `${lines.join("\n")}\n`);
  }
}

describe.skipIf(isMissing)("an image that podman pushed as zstd:chunked", () => {
  test.each(Object.keys(registries))("costs little of %s to look into", async (name) => {
    await using directory = await scratch("look");
    const at = (path: string) => join(directory.path, path);
    await using registry = await registries[name]!(directory.path);
    writeFiles(at("tree"));
    await runOk(["tar", "cf", at("tree.tar"), "-C", at("tree"), "."]);
    const engine: Peer = await podman(at("podman"));
    try {
      await engine("import", "-q", at("tree.tar"), "chunked:1");
      const push = ["push", "-q", "--tls-verify=false", "--compression-format", "zstd:chunked"];
      await engine(...push, "chunked:1", `${registry.address}/chunked:1`);
    } finally {
      await removePodmanStorage(at("podman"));
    }
    using proxy = countingProxy(registry.address);
    const image = `${proxy.address}/chunked:1`;
    const call = (...args: string[]) => runOk([kasane, "--root", at("store"), ...args]);

    expect(await call("cat", `${image}:/usr/share/123`)).toBe(
      await Bun.file(at("tree/usr/share/123")).text(),
    );
    const [layer] = JSON.parse(await call("image", "tree", "--json", image))[0].layers;
    expect(proxy.counts.ranges).toBe(2);
    expect(proxy.counts.blobBytes).toBeLessThan(layer.sizeBytes / 10);
    expect((await call("ls", `${image}:/usr/share`)).split("\n")).toHaveLength(401);
    // Everything is there, and what podman says it is.
    await call("cp", `${image}:/usr`, at("copied"));
    expect(await run(["diff", "-r", at("copied"), at("tree/usr")])).toEqual({ code: 0, out: "", err: "" });
  }, 120_000);
});
