/** Stores that other registries have filled become Kasane's, byte for byte, while it serves. */
import { expect, test } from "bun:test";
import {
  copyFileSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { digestOf, mediaTypes } from "../../../src/oci/mod.ts";
import { MortalServer } from "../../e2e/chaos/server.ts";
import { kasane, missing, run, runOk } from "../../outside.ts";
import { sampleImage, sampleIndex, save } from "../archive-file.ts";
import {
  type RegistryDaemon,
  scratch,
  skopeo,
  startDistribution,
  startDockerRegistry,
  startOlareg,
} from "../peers.ts";

const peers = [
  { name: "docker-registry", start: startDockerRegistry, hasReferrers: false },
  { name: "distribution-registry", start: startDistribution, hasReferrers: false },
  { name: "olareg", start: startOlareg, hasReferrers: true },
] as const;

const accept = [
  mediaTypes.ociIndex,
  mediaTypes.ociManifest,
  mediaTypes.dockerManifest,
  mediaTypes.dockerManifestList,
];
const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value)) as Uint8Array<ArrayBuffer>;

async function putBlob(host: string, repository: string, bytes: Uint8Array<ArrayBuffer>) {
  const begun = await fetch(`http://${host}/v2/${repository}/blobs/uploads/`, { method: "POST" });
  const location = new URL(begun.headers.get("location")!, `http://${host}`);
  const digest = digestOf(bytes);
  location.searchParams.set("digest", digest);
  const put = await fetch(location, {
    method: "PUT",
    body: bytes,
    headers: { "content-type": "application/octet-stream" },
  });
  expect(put.status).toBe(201);
  return { digest, size: bytes.length };
}

async function putManifest(host: string, path: string, mediaType: string, document: object) {
  const bytes = encode({ schemaVersion: 2, mediaType, ...document });
  const digest = digestOf(bytes);
  const reference = path.replace("@", digest);
  const put = await fetch(`http://${host}/v2/${reference}`, {
    method: "PUT",
    body: bytes,
    headers: { "content-type": mediaType },
  });
  expect([reference, put.status]).toEqual([reference, 201]);
  return { mediaType, digest, size: bytes.length };
}

/** By skopeo: an image moved to another one, an index, Docker's format, repositories inside each other. By hand: referrers. */
async function fill(host: string, directory: string, options: { hasReferrers: boolean }) {
  const archive = (name: string) => join(directory, name);
  await save(archive("one.tar"), "oci", { image: await sampleImage(), names: ["docker.io/library/one:1"] });
  const other = await sampleImage({ layers: [{ "srv/": "", "srv/data": "y".repeat(300_000) }] });
  await save(archive("two.tar"), "oci", { image: other, names: ["docker.io/library/two:1"] });
  await save(archive("index.tar"), "oci", {
    image: await sampleIndex(),
    names: ["docker.io/library/index:1"],
  });
  const copy = (name: string, target: string, ...flags: string[]) =>
    skopeo()(
      "copy",
      "--dest-tls-verify=false",
      ...flags,
      `oci-archive:${archive(name)}`,
      `docker://${host}/${target}`,
    );
  await copy("one.tar", "library/app:latest");
  await copy("two.tar", "library/app:latest");
  await copy("two.tar", "library/app:v2");
  await copy("one.tar", "library/app/deep:latest");
  await copy("one.tar", "team/docker:1", "--format", "v2s2").catch((error) => {
    if (!options.hasReferrers) throw error;
  });
  await copy("index.tar", "team/multi:1", "--all");
  const config = { mediaType: mediaTypes.ociEmpty, ...(await putBlob(host, "library/app", encode({}))) };
  const layer = { mediaType: "text/plain", ...(await putBlob(host, "library/app", encode("signed"))) };
  const head = await fetch(`http://${host}/v2/library/app/manifests/v2`, {
    method: "HEAD",
    headers: { accept: accept.join(", ") },
  });
  const subject = {
    mediaType: head.headers.get("content-type")!.split(";")[0]!,
    digest: head.headers.get("docker-content-digest")!,
    size: Number(head.headers.get("content-length")),
  };
  const artifact = { artifactType: "application/x.test", config, layers: [layer] };
  const signature = await putManifest(host, "library/app/manifests/@", mediaTypes.ociManifest, {
    ...artifact,
    subject,
  });
  // An older client says who it is about in the fallback tag only.
  const silent = await putManifest(host, "library/app/manifests/@", mediaTypes.ociManifest, artifact);
  const fallback = subject.digest.replace(":", "-");
  if (!options.hasReferrers) {
    await putManifest(host, `library/app/manifests/${fallback}`, mediaTypes.ociIndex, {
      manifests: [signature, silent],
    });
  }
  return {
    subject: subject.digest,
    referrers: options.hasReferrers ? [signature.digest] : [signature.digest, silent.digest],
  };
}

/** Everything that clients can ask for: tags, manifests with their types, blobs. */
async function contents(host: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const get = async (path: string) => {
    const response = await fetch(`http://${host}/v2/${path}`, { headers: { accept: accept.join(", ") } });
    const bytes = new Uint8Array(await response.arrayBuffer());
    return { status: response.status, type: response.headers.get("content-type")?.split(";")[0], bytes };
  };
  const manifest = async (repository: string, reference: string): Promise<void> => {
    const { status, type, bytes } = await get(`${repository}/manifests/${reference}`);
    found.set(`${repository} ${reference}`, `${status} ${type} ${digestOf(bytes)}`);
    const document = JSON.parse(new TextDecoder().decode(bytes));
    for (const { digest } of document.manifests ?? []) await manifest(repository, digest);
    for (const { digest } of [document.config ?? [], document.layers ?? []].flat()) {
      const blob = await get(`${repository}/blobs/${digest}`);
      expect([digest, blob.status, digestOf(blob.bytes) as string]).toEqual([digest, 200, digest]);
      found.set(`${repository} ${digest}`, String(blob.bytes.length));
    }
  };
  for (const repository of ["library/app", "library/app/deep", "team/docker", "team/multi"]) {
    const listed = await get(`${repository}/tags/list`);
    const { tags } = JSON.parse(new TextDecoder().decode(listed.bytes)) as { tags?: string[] };
    for (const tag of tags ?? []) await manifest(repository, tag);
  }
  return found;
}

/** Names, sizes, times and bytes of all files of a store. */
function snapshot(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((path) => statSync(join(directory, path)).isFile())
    .map((path) => {
      const { size, mtimeMs, mode, ino } = statSync(join(directory, path));
      return `${path} ${size} ${mtimeMs} ${mode} ${ino} ${digestOf(readFileSync(join(directory, path)))}`;
    })
    .sort();
}

for (const { name, start, hasReferrers } of peers) {
  test.skipIf(missing(name, "skopeo"))(`${name}: everything comes, while clients pull`, async () => {
    await using directory = await scratch("import");
    await using source: RegistryDaemon = await start();
    const { subject, referrers } = await fill(source.address, directory.path, { hasReferrers });
    const expected = await contents(source.address);
    expect(expected.size).toBeGreaterThan(10);
    const before = snapshot(source.data);

    // Distribution's own root is where its users have it; the others' directories hold repositories and nothing else.
    const isInPlace = name === "docker-registry";
    const root = isInPlace ? source.data : join(directory.path, "store");
    const server = new MortalServer(root);
    await server.start();
    try {
      const host = server.url.slice("http://".length);
      let isOver = false;
      const pulls = (async () => {
        let pulled = 0;
        while (!isOver) {
          const response = await fetch(`${server.url}/v2/library/app/manifests/v2`);
          const body = await response.arrayBuffer();
          expect([200, 404]).toContain(response.status);
          if (response.status === 404) continue;
          pulled++;
          const { layers } = JSON.parse(new TextDecoder().decode(body));
          // Whoever finds a tag finds everything behind it.
          const blob = await fetch(`${server.url}/v2/library/app/blobs/${layers[0].digest}`);
          expect([blob.status, digestOf(await blob.bytes()) as string]).toEqual([200, layers[0].digest]);
        }
        return pulled;
      })();
      const dry = await runOk([kasane, "--root", root, "registry", "import", "--dry-run", source.data]);
      expect(dry).toContain("would import");
      await runOk([kasane, "--root", root, "registry", "import", source.data]);
      expect(await contents(host)).toEqual(expected);
      isOver = true;
      await pulls;
      const answer = await fetch(`${server.url}/v2/library/app/referrers/${subject}`);
      const listed = (await answer.json()) as { manifests: { digest: string }[] };
      expect(listed.manifests.map((each) => each.digest).sort()).toEqual(referrers.sort());
      const again = await runOk([kasane, "--root", root, "registry", "import", source.data]);
      expect(again).toContain("nothing to do");
      expect(again).toMatch(/4 repositories|3 repositories/);
      const after = snapshot(source.data);
      expect(after.filter((line) => before.includes(line))).toEqual(before);
      expect(await run([kasane, "--root", root, "fsck"])).toMatchObject({ code: 0 });
    } finally {
      await server.kill("SIGTERM");
    }
  });
}

test.skipIf(missing("docker-registry"))("killed in the middle, and run again", async () => {
  await using directory = await scratch("import");
  await using source = await startDockerRegistry();
  const bytes = new Uint8Array(3_000_000);
  const layers: { mediaType: string; digest: string; size: number }[] = [];
  for (let number = 0; number < 12; number++) {
    crypto.getRandomValues(bytes.subarray(0, 65_536));
    layers.push({ mediaType: mediaTypes.ociLayer, ...(await putBlob(source.address, "big", bytes.slice())) });
  }
  const config = { mediaType: mediaTypes.ociConfig, ...(await putBlob(source.address, "big", encode({}))) };
  for (const [number, layer] of layers.entries()) {
    await putManifest(source.address, `big/manifests/t${number}`, mediaTypes.ociManifest, {
      config,
      layers: [layer],
    });
  }
  const root = join(directory.path, "store");
  const call = [kasane, "--root", root, "registry", "import", "--jobs", "1", source.data];
  for (let delayMs = 40; delayMs < 400; delayMs += 40) {
    const child = Bun.spawn(call, { stdin: "ignore", stdout: "ignore", stderr: "ignore" });
    await Promise.race([child.exited, Bun.sleep(delayMs)]);
    child.kill("SIGKILL");
    await child.exited;
    expect(await run([kasane, "--root", root, "fsck"])).toMatchObject({ code: 0 });
  }
  await runOk(call);
  expect(await runOk(call)).toContain("nothing to do: 1 repositories");
  const server = new MortalServer(root);
  await server.start();
  try {
    for (const [number, { digest }] of layers.entries()) {
      const answer = await fetch(`${server.url}/v2/big/manifests/t${number}`);
      expect(await answer.json()).toMatchObject({ layers: [{ digest }] });
      expect(digestOf(await (await fetch(`${server.url}/v2/big/blobs/${digest}`)).bytes()) as string).toBe(
        digest,
      );
    }
  } finally {
    await server.kill("SIGTERM");
  }
  await runOk([kasane, "--root", root, "system", "prune", "-f"]);
  expect(readdirSync(join(root, "tmp"))).toEqual([]);
});

test.skipIf(missing("docker-registry"))("what is damaged or missing is named and left out", async () => {
  await using directory = await scratch("import");
  await using source = await startDockerRegistry();
  const push = async (tag: string) => {
    const config = {
      mediaType: mediaTypes.ociConfig,
      ...(await putBlob(source.address, "app", encode({ tag }))),
    };
    return putManifest(source.address, `app/manifests/${tag}`, mediaTypes.ociManifest, {
      config,
      layers: [],
    });
  };
  const [good, damaged, absent] = [await push("good"), await push("damaged"), await push("absent")];
  const data = (digest: string) => {
    const hex = digest.slice("sha256:".length);
    return join(source.data, "docker/registry/v2/blobs/sha256", hex.slice(0, 2), hex, "data");
  };
  writeFileSync(data(damaged.digest), readFileSync(data(damaged.digest), "utf8").replace("2", "3"));
  rmSync(data(absent.digest));
  const config = JSON.parse(readFileSync(data(good.digest), "utf8")).config.digest;
  copyFileSync(data(config), join(directory.path, "config"));
  truncateSync(data(config), 3);
  truncateSync(join(source.data, "docker/registry/v2/repositories/app/_manifests/tags/good/current/link"), 0);
  const root = join(directory.path, "store");
  const { code, out, err } = await run([kasane, "--root", root, "registry", "import", source.data]);
  expect(code).toBe(1);
  expect(out).toContain("imported 1 manifests, 0 tags and 2 blobs");
  for (const said of [
    `app: ${damaged.digest}: its`,
    `app: ${absent.digest}: a manifest whose bytes are missing`,
    `app: ${config}: its bytes are damaged`,
    "app: tag good: its link is empty",
    "app: tag damaged: its manifest",
    "6 things could not be imported",
  ]) {
    expect(err).toContain(said);
  }
  // Put right at the source, the rest comes.
  copyFileSync(join(directory.path, "config"), data(config));
  const again = await run([kasane, "--root", root, "registry", "import", source.data]);
  expect([again.code, again.out.includes("1 blobs")]).toEqual([1, true]);
});
