/**
 * Small requests against `kasane serve` and Debian's docker-registry, one after the other on this machine: GET of a manifest by
 * tag, GET of a 64 KiB blob. Needs wrk and docker-registry. Run: `node scripts/bun.mjs bench/registry.ts [SECONDS]`
 */
import { createRegistryClient } from "../src/distribution/mod.ts";
import { toByteStream } from "../src/lib/mod.ts";
import { digestOf, mediaTypes } from "../src/oci/mod.ts";
import { peer, scratch, startDockerRegistry } from "../test/interop/peers.ts";
import { kasane, runOk } from "../test/outside.ts";

const seconds = Number(process.argv[2] ?? 4);

/** Puts the blob and the manifest there; returns their paths. */
async function seed(host: string): Promise<{ manifest: string; blob: string }> {
  const client = createRegistryClient({ host });
  const content = Uint8Array.from({ length: 65_536 }, (_, index) => (index * 7) % 251);
  const describe = (mediaType: string) => ({ mediaType, digest: digestOf(content), size: content.length });
  await client.pushBlob("bench", describe("x/y"), async () => toByteStream([content]));
  const document = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: describe(mediaTypes.ociConfig),
    layers: [describe(mediaTypes.ociLayer)],
  };
  const bytes = new TextEncoder().encode(JSON.stringify(document));
  await client.putManifest("bench", "v1", { digest: digestOf(bytes), mediaType: document.mediaType, bytes });
  return { manifest: "/v2/bench/manifests/v1", blob: `/v2/bench/blobs/${digestOf(content)}` };
}

async function measure(name: string, host: string): Promise<void> {
  for (const [what, path] of Object.entries(await seed(host))) {
    const report = await runOk([
      peer("wrk"),
      "-t1",
      "-c32",
      `-d${seconds}s`,
      "--latency",
      "-H",
      `Accept: ${mediaTypes.ociManifest}`,
      `http://${host}${path}`,
    ]);
    const rate = Number(/Requests\/sec:\s+([\d.]+)/.exec(report)?.[1]);
    const latency = /99%\s+(\S+)/.exec(report)?.[1];
    const failures = /Non-2xx.*/.exec(report)?.[0] ?? "";
    console.log(
      `${name.padEnd(16)} ${what.padEnd(9)} ${rate.toFixed(0).padStart(7)}/s  p99 ${latency} ${failures}`,
    );
  }
}

await using directory = await scratch("bench");
const server = Bun.spawn([kasane, "--root", directory.path, "serve", "--quiet", "--addr", "127.0.0.1:0"], {
  stdout: "pipe",
});
try {
  const { value } = await server.stdout.getReader().read();
  await measure("kasane", new URL(/http:\S+/.exec(new TextDecoder().decode(value))![0]).host);
} finally {
  server.kill();
  await server.exited;
}
await using other = await startDockerRegistry();
await measure("docker-registry", other.address);
