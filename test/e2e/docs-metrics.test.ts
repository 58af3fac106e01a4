/** The table of metrics in the documentation has every name that is served, and no other. */
import { expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestOf } from "../../src/oci/mod.ts";
import { loadServerConfig, startConfiguredServer } from "../../src/server/mod.ts";
import { openLocalStore } from "../../src/store/mod.ts";
import { documentText } from "./documents.ts";

test("docs/registry-operations.md names every metric", async () => {
  const directory = await mkdtemp(join(tmpdir(), "kasane-docs-"));
  const store = await openLocalStore(join(directory, "store"));
  const told = Promise.withResolvers<void>();
  const listener = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch() {
      told.resolve();
      return new Response();
    },
  });
  const upstream = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () =>
      new Response(null, {
        status: 404,
        headers: { "ratelimit-limit": "100;w=21600", "ratelimit-remaining": "99;w=21600" },
      }),
  });
  const path = join(directory, "config.yml");
  await writeFile(
    path,
    `http: {addr: "127.0.0.1:0", debug: {addr: "127.0.0.1:0", prometheus: {enabled: true}}}
log: {accesslog: {disabled: true}}
notifications: {endpoints: [{name: one, url: "http://127.0.0.1:${listener.port}"}]}
kasane:
  audit: ${join(directory, "audit.log")}
  upstreams: [{name: up, url: "http://127.0.0.1:${upstream.port}", insecure: true, prefix: up}]
`,
  );
  const { config } = await loadServerConfig({ path, env: {} });
  const server = await startConfiguredServer({
    config,
    store,
    onWarning: () => {},
    onNotice: () => {},
    onError: () => {},
  });
  try {
    expect((await fetch(`${server.url}/v2/up/app/manifests/v1`)).status).toBe(404);
    const blob = `${server.url}/v2/app/blobs/uploads/?digest=${digestOf("hello")}`;
    expect((await fetch(blob, { method: "POST", body: "hello" })).status).toBe(201);
    await told.promise;
    const metrics = async () => {
      const text = await (await fetch(`http://${server.debugHost}/metrics`)).text();
      return [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name!);
    };
    // The answer of the listener is counted a moment after it was given.
    while (!(await metrics()).includes("registry_notifications_status_total")) await Bun.sleep(5);
    // It has a number only when a queue has overflowed.
    const served = [...(await metrics()), "kasane_notifications_dropped_total"];
    for (const document of ["docs/registry-operations.md", "docs/registry-operations.ja.md"]) {
      const named = [...documentText(document).matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name!);
      expect(named.toSorted()).toEqual(served.toSorted());
    }
  } finally {
    await server.stop();
    await store.close();
    listener.stop(true);
    upstream.stop(true);
    await rm(directory, { recursive: true, force: true });
  }
});
