import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { join } from "node:path";
import { openFileSystemBlobs } from "../../../src/blob/mod.ts";
import { createRegistryClient } from "../../../src/distribution/mod.ts";
import type { MemoryImage } from "../../../src/image/testing/memory-image.ts";
import { type Digest, digestOf, mediaTypes } from "../../../src/oci/mod.ts";
import { missing, runOk } from "../../outside.ts";
import { sampleImage, sampleIndex } from "../archive-file.ts";
import {
  type Daemon,
  peer,
  podman,
  removePodmanStorage,
  type Scratch,
  scratch,
  skopeo,
  startDistribution,
  startDockerd,
  startDockerRegistry,
  startOlareg,
} from "../peers.ts";
import { pullImage, pushImage, startKasane } from "./kasane-server.ts";
import { type Counter, countRequests, type MirrorServer, startMirror } from "./mirror-server.ts";

const kinds: [name: string, program: string | undefined, start: () => Promise<Daemon>][] = [
  [
    "Kasane",
    undefined,
    async () => {
      const server = await startKasane();
      return { address: server.host, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
    },
  ],
  ["docker-registry", "docker-registry", startDockerRegistry],
  ["distribution", "distribution-registry", startDistribution],
  ["olareg", "olareg", startOlareg],
];
const tls = "--src-tls-verify=false";

for (const [name, program, start] of kinds) {
  const isMissing = program !== undefined && missing(program);
  describe.skipIf(isMissing)(`a mirror of ${name}`, () => {
    let upstream: Daemon;
    let counter: Counter;
    let mirror: MirrorServer;
    let directory: Scratch;
    let index: MemoryImage;
    beforeAll(async () => {
      if (isMissing) return;
      directory = await scratch("mirror");
      upstream = await start();
      counter = countRequests(`http://${upstream.address}`);
      mirror = await startMirror(directory.path, [
        { url: counter.url, prefix: "up", namespaces: ["upstream.test"] },
      ]);
      index = await sampleIndex();
      await pushImage(`${upstream.address}/library/sample:v1`, index);
    });
    afterAll(async () => {
      if (isMissing) return;
      await mirror[Symbol.asyncDispose]();
      await counter[Symbol.asyncDispose]();
      await upstream[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
      expect(mirror.failures).toEqual([]);
    });

    test("gives the same bytes, asks for each once, and serves all of it when the upstream is gone", async () => {
      const reference = `${mirror.host}/up/library/sample:v1`;
      expect((await pullImage(reference)).blobs).toEqual(index.blobs);
      const gets = counter.lines.filter((line) => line.startsWith("GET /v2/library/"));
      expect(gets.length).toBe(new Set(gets).size);
      expect(gets.filter((line) => line.includes("/blobs/")).length).toBe(index.blobs.size);
      await pushImage(`${mirror.host}/up/library/sample:ours`, await sampleImage());
      const tags = Array.fromAsync(createRegistryClient({ host: mirror.host }).listTags("up/library/sample"));
      expect(await tags).toEqual(["ours", "v1"]);
      await upstream[Symbol.asyncDispose]();
      expect((await pullImage(reference)).rootDigest).toBe(index.rootDigest!);
    });

    test("answers containerd's ns", async () => {
      const url = `${mirror.url}/v2/library/sample/manifests/v1?ns=upstream.test`;
      const head = await runOk(["curl", "-sSI", "-H", `Accept: ${mediaTypes.ociIndex}`, url]);
      expect(head).toContain("200 OK");
      expect(head.toLowerCase()).toContain("oci-namespace: upstream.test");
      expect(head).toContain(index.rootDigest!);
    });
  });
}

describe("clients of a mirror", () => {
  const isRoot = process.getuid?.() === 0;
  let upstream: Awaited<ReturnType<typeof startKasane>>;
  let counter: Counter;
  let mirror: MirrorServer;
  let directory: Scratch;
  let index: MemoryImage;
  let image: MemoryImage;
  beforeAll(async () => {
    directory = await scratch("mirror");
    upstream = await startKasane();
    counter = countRequests(upstream.url);
    mirror = await startMirror(directory.path, [{ url: counter.url, namespaces: ["docker.io"] }]);
    [index, image] = await Promise.all([sampleIndex(), sampleImage()]);
    await pushImage(`${upstream.host}/library/index:v1`, index);
    await pushImage(`${upstream.host}/library/sample:v1`, image);
  });
  afterAll(async () => {
    await mirror[Symbol.asyncDispose]();
    await counter[Symbol.asyncDispose]();
    await upstream[Symbol.asyncDispose]();
    await directory[Symbol.asyncDispose]();
    expect(mirror.failures).toEqual([]);
  });

  test.skipIf(missing("skopeo"))("skopeo copies all platforms", async () => {
    const target = join(directory.path, "skopeo");
    await skopeo()("copy", "--all", tls, `docker://${mirror.host}/library/index:v1`, `dir:${target}`);
    expect(digestOf(await Bun.file(join(target, "manifest.json")).bytes())).toBe(index.rootDigest!);
  });

  test.skipIf(missing("crane"))("crane validates", async () => {
    await runOk([peer("crane"), "validate", "--remote", `${mirror.host}/library/sample:v1`]);
  });

  test.skipIf(missing("podman", "runc") || !isRoot)(
    "podman pulls through a mirror of registries.conf",
    async () => {
      const storage = join(directory.path, "podman");
      const run = await podman(storage);
      const configuration = [
        "[[registry]]",
        'prefix = "docker.io"',
        'location = "docker.io"',
        "[[registry.mirror]]",
        `location = "${mirror.host}"`,
        "insecure = true",
      ];
      await Bun.write(run.env.CONTAINERS_REGISTRIES_CONF!, `${configuration.join("\n")}\n`);
      await run("pull", "docker.io/library/sample:v1");
      expect(await run("image", "inspect", "docker.io/library/sample:v1")).toContain(image.rootDigest!);
      await removePodmanStorage(storage);
    },
  );

  test.skipIf(missing("docker", "dockerd") || !isRoot)("docker pulls through registry-mirrors", async () => {
    await using daemon = await startDockerd("--registry-mirror", mirror.url);
    expect(await daemon.docker("pull", "index:v1")).toContain(index.rootDigest!);
    expect(await daemon.docker("pull", "sample:v1")).toContain(image.rootDigest!);
  });
});

const layer = crypto.getRandomValues(new Uint8Array(65536));
const big = new Uint8Array(Buffer.concat(Array.from({ length: 512 }, () => layer)));

/** An upstream with an image of one layer of 32 MiB, and what counts who asks it. */
async function bigUpstream() {
  const upstream = await startKasane();
  const counter = countRequests(upstream.url);
  const client = createRegistryClient({ host: upstream.host });
  const put = async (bytes: Uint8Array<ArrayBuffer>) => {
    const descriptor = { mediaType: mediaTypes.ociLayer, digest: digestOf(bytes), size: bytes.length };
    await client.pushBlob("big", descriptor, async (offset = 0) =>
      new Blob([bytes.subarray(offset)]).stream(),
    );
    return descriptor;
  };
  const config = { ...(await put(new TextEncoder().encode("{}"))), mediaType: mediaTypes.ociConfig };
  const manifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [await put(big)] };
  const bytes = new TextEncoder().encode(JSON.stringify(manifest));
  await client.putManifest("big", "v1", { digest: digestOf(bytes), mediaType: manifest.mediaType, bytes });
  return {
    counter,
    async [Symbol.asyncDispose]() {
      await counter[Symbol.asyncDispose]();
      await upstream[Symbol.asyncDispose]();
    },
  };
}

const digest: Digest = digestOf(big);
const blobsAsked = (counter: Counter) => counter.lines.filter((line) => line.endsWith(digest));

describe("a large blob", () => {
  test("goes to fifty clients by one request, the first bytes long before the last have come", async () => {
    await using directory = await scratch("mirror");
    await using upstream = await bigUpstream();
    await using mirror = await startMirror(directory.path, [{ url: upstream.counter.url }]);
    await fetch(`${mirror.url}/v2/big/manifests/v1`);
    upstream.counter.bytesPerSecond = 64 << 20;
    const url = `${mirror.url}/v2/big/blobs/${digest}`;
    // One that asks and does not read: it must hold up nobody.
    const idle = connect(Number(new URL(mirror.url).port), "127.0.0.1");
    idle.write(`GET /v2/big/blobs/${digest} HTTP/1.1\r\nHost: x\r\n\r\n`);
    idle.pause();
    const startedMs = performance.now();
    const answers = await Promise.all(
      Array.from({ length: 50 }, async (_, client) => {
        const start = client % 10 === 0 ? client << 16 : 0;
        const response = await fetch(url, start > 0 ? { headers: { range: `bytes=${start}-` } } : {});
        const hasher = new Bun.CryptoHasher("sha256");
        let firstMs = 0;
        for await (const chunk of response.body!) {
          firstMs ||= performance.now() - startedMs;
          hasher.update(chunk);
        }
        const right = new Bun.CryptoHasher("sha256").update(big.subarray(start)).digest("hex");
        return { firstMs, isRight: hasher.digest("hex") === right };
      }),
    );
    const wholeMs = performance.now() - startedMs;
    idle.destroy();
    expect(answers.every(({ isRight }) => isRight)).toBe(true);
    expect(blobsAsked(upstream.counter)).toEqual([`GET /v2/big/blobs/${digest}`]);
    expect(Math.min(...answers.map(({ firstMs }) => firstMs))).toBeLessThan(wholeMs / 2);
    expect(mirror.failures).toEqual([]);
  });

  test("is gone on with after kill -9, by Range, and the store works", async () => {
    await using directory = await scratch("mirror");
    await using upstream = await bigUpstream();
    upstream.counter.bytesPerSecond = 16 << 20;
    const script = join(import.meta.dir, "mirror-server.ts");
    const config = JSON.stringify([{ url: upstream.counter.url }]);
    const child = Bun.spawn([process.execPath, script, directory.path, config], {
      stdout: "pipe",
      stderr: "inherit",
    });
    const { value } = await child.stdout.getReader().read();
    const url = new TextDecoder().decode(value).trim();
    await fetch(`${url}/v2/big/manifests/v1`);
    const response = await fetch(`${url}/v2/big/blobs/${digest}`);
    let seen = 0;
    for await (const chunk of response.body!) {
      seen += chunk.length;
      if (seen > 4 << 20) break;
    }
    child.kill("SIGKILL");
    await child.exited;
    const [left] = await Array.fromAsync(openFileSystemBlobs(directory.path).listUploads());
    expect(left!.sizeBytes).toBeGreaterThan(2 << 20);
    upstream.counter.bytesPerSecond = undefined;
    await using mirror = await startMirror(directory.path, [{ url: upstream.counter.url }]);
    expect((await fetch(`${mirror.url}/v2/big/manifests/v1`)).status).toBe(200);
    const again = await fetch(`${mirror.url}/v2/big/blobs/${digest}`);
    expect(digestOf(await again.bytes())).toBe(digest);
    expect(upstream.counter.ranges).toEqual([null, `bytes=${left!.sizeBytes}-`]);
    expect(await Array.fromAsync(openFileSystemBlobs(directory.path).listUploads())).toEqual([]);
  });

  test("is downloaded by one of several processes on one store; the others read along", async () => {
    await using directory = await scratch("mirror");
    await using upstream = await bigUpstream();
    const script = join(import.meta.dir, "mirror-server.ts");
    const config = JSON.stringify([{ url: upstream.counter.url }]);
    const children = [0, 1].map(() =>
      Bun.spawn([process.execPath, script, directory.path, config], { stdout: "pipe", stderr: "inherit" }),
    );
    try {
      const urls = await Promise.all(
        children.map(async ({ stdout }) => {
          const { value } = await stdout.getReader().read();
          return new TextDecoder().decode(value).trim();
        }),
      );
      await fetch(`${urls[0]}/v2/big/manifests/v1`);
      upstream.counter.bytesPerSecond = 32 << 20;
      const digests = await Promise.all(
        [...urls, ...urls].map(async (url) =>
          digestOf(await (await fetch(`${url}/v2/big/blobs/${digest}`)).bytes()),
        ),
      );
      expect(new Set(digests)).toEqual(new Set([digest]));
      expect(blobsAsked(upstream.counter)).toEqual([`GET /v2/big/blobs/${digest}`]);
    } finally {
      for (const child of children) child.kill("SIGTERM");
      await Promise.all(children.map(({ exited }) => exited));
    }
  });

  test("that is cut short by the upstream ends the client's connection with an error", async () => {
    await using directory = await scratch("mirror");
    await using upstream = await bigUpstream();
    const half = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        data(socket) {
          socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${big.length}\r\n\r\nonly this`);
          socket.end();
        },
      },
    });
    try {
      await using first = await startMirror(directory.path, [{ url: upstream.counter.url }]);
      await fetch(`${first.url}/v2/big/manifests/v1`);
      await first[Symbol.asyncDispose]();
      await using mirror = await startMirror(directory.path, [{ url: `http://127.0.0.1:${half.port}` }]);
      const whole = fetch(`${mirror.url}/v2/big/blobs/${digest}`).then((response) => response.bytes());
      await expect(whole).rejects.toThrow();
      expect((await fetch(`${mirror.url}/v2/big/manifests/v1`)).status).toBe(200);
      expect(await openFileSystemBlobs(directory.path).stat(digest)).toBeUndefined();
    } finally {
      half.stop(true);
    }
  }, 20_000);
});
