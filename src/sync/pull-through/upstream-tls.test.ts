/** Whom a mirror trusts is said for each upstream, and holds for that one alone. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openMemoryBlobs } from "../../blob/mod.ts";
import { openSqliteMeta } from "../../meta/mod.ts";
import { createRegistry } from "../../registry/mod.ts";
import type { UpstreamConfig } from "../upstream-config.ts";
import { createPullThrough } from "./create-pull-through.ts";
import { imageDocument, shortPatience, upstreamConfig } from "./testing/mirror-fixture.ts";

const hasOpenssl = Bun.which("openssl") !== null;
const meta = openSqliteMeta(":memory:");
const upstream = createRegistry({ blobs: openMemoryBlobs(), meta });
let directory: string;
let plain: Bun.Server<undefined>;
let secure: Bun.Server<undefined>;
const at = (name: string) => join(directory, name);

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "kasane-upstream-tls-"));
  plain = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: (request) => upstream(request) });
  const body = JSON.stringify(imageDocument(`sha256:${"1".repeat(64)}` as never, "x"));
  const headers = { "content-type": "application/vnd.oci.image.manifest.v1+json" };
  const put = await fetch(`${plain.url}v2/app/manifests/v1`, { method: "PUT", body, headers });
  expect(put.status).toBe(201);
  if (!hasOpenssl) return;
  for (const name of ["own", "other"]) {
    const made = Bun.spawn(
      // biome-ignore format: a command line
      ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
        "-subj", `/CN=${name}`, "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", at(`${name}.key`), "-out", at(`${name}.crt`)],
      { stderr: "ignore" },
    );
    expect(await made.exited).toBe(0);
  }
  const tls = { cert: Bun.file(at("own.crt")), key: Bun.file(at("own.key")) };
  secure = Bun.serve({ port: 0, hostname: "127.0.0.1", tls, fetch: (request) => upstream(request) });
});
afterAll(async () => {
  await Promise.all([plain.stop(true), secure?.stop(true)]);
  await meta.close();
  await rm(directory, { recursive: true });
});

/** The status of a manifest of each upstream, asked through one mirror. */
async function pulled(upstreams: Partial<UpstreamConfig>[]): Promise<number[]> {
  const mirrorMeta = openSqliteMeta(":memory:");
  const blobs = openMemoryBlobs();
  const configs = upstreams.map((config, index) =>
    upstreamConfig({ name: `up${index}`, prefix: `up${index}`, ...config }),
  );
  const pullThrough = createPullThrough(configs, { blobs, meta: mirrorMeta, patience: shortPatience });
  const mirror = createRegistry({ blobs, meta: mirrorMeta, pullThrough });
  const statuses: number[] = [];
  for (const { prefix } of configs) {
    statuses.push((await mirror(new Request(`http://mirror.test/v2/${prefix}/app/manifests/v1`))).status);
  }
  await pullThrough.close();
  await mirrorMeta.close();
  return statuses;
}

test.skipIf(!hasOpenssl)("a CA is trusted by the upstream that names it, and by no other", async () => {
  const url = `https://127.0.0.1:${secure.port}`;
  expect(await pulled([{ url, caPath: at("own.crt") }, { url }, { url, caPath: at("other.crt") }])).toEqual([
    200, 503, 503,
  ]);
});

test.skipIf(!hasOpenssl)("insecure takes any certificate, for that upstream alone", async () => {
  const url = `https://127.0.0.1:${secure.port}`;
  expect(await pulled([{ url, isInsecure: true }, { url }])).toEqual([200, 503]);
});

test("plain HTTP is spoken where it is written, and never where https is", async () => {
  const [http, https] = [`http://127.0.0.1:${plain.port}`, `https://127.0.0.1:${plain.port}`];
  expect(await pulled([{ url: http }, { url: https }])).toEqual([200, 503]);
});

test("a CA file that is not there is an error at once, which names the upstream", () => {
  const upstreams = [upstreamConfig({ name: "inner", caPath: at("nothing.crt") })];
  expect(() => createPullThrough(upstreams, { blobs: openMemoryBlobs(), meta })).toThrow(
    /certificates of the upstream inner/,
  );
});
