import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openFileSystemBlobs } from "../../../src/blob/mod.ts";
import { openSqliteMeta } from "../../../src/meta/mod.ts";
import { digestOf, mediaTypes } from "../../../src/oci/mod.ts";
import { startServer } from "../../../src/server/mod.ts";
import { openOperations } from "../../../src/server/observe/mod.ts";
import {
  type ReceivedEvent,
  type Receiver,
  startReceiver,
} from "../../../src/server/observe/testing/receiver.ts";
import { missing } from "../../outside.ts";
import { peer, scratch } from "../peers.ts";
import { startDaemon } from "../start-daemon.ts";

/** A registry that tells `receiver` what happens in it, by the name `host`. */
interface Telling extends AsyncDisposable {
  readonly url: string;
}

const layer = "a layer";
const manifest = JSON.stringify({
  schemaVersion: 2,
  mediaType: mediaTypes.ociManifest,
  config: { mediaType: mediaTypes.ociConfig, digest: digestOf("{}"), size: 2 },
  layers: [{ mediaType: mediaTypes.ociLayer, digest: digestOf(layer), size: layer.length }],
});

/** Everything that makes events, once: the same requests to each registry. */
async function useRegistry(base: string): Promise<void> {
  const send = async (method: string, path: string, init: { body?: string; type?: string } = {}) => {
    const response = await fetch(new URL(path, base), {
      method,
      headers: {
        "user-agent": "events/1",
        accept: mediaTypes.ociManifest,
        "content-type": init.type ?? "application/octet-stream",
      },
      ...(init.body === undefined ? {} : { body: init.body }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    await response.arrayBuffer();
    return response;
  };
  for (const content of ["{}", layer]) {
    const location = (await send("POST", "/v2/a/b/blobs/uploads/")).headers.get("location")!;
    const closing = new URL(location, base);
    closing.searchParams.set("digest", digestOf(content));
    await send("PUT", closing.href, { body: content });
  }
  await send("POST", `/v2/c/blobs/uploads/?mount=${digestOf(layer)}&from=a/b`);
  await send("PUT", "/v2/a/b/manifests/v1", { body: manifest, type: mediaTypes.ociManifest });
  await send("PUT", `/v2/a/b/manifests/${digestOf(manifest)}`, {
    body: manifest,
    type: mediaTypes.ociManifest,
  });
  for (const method of ["GET", "HEAD"]) {
    await send(method, "/v2/a/b/manifests/v1");
    await send(method, `/v2/a/b/manifests/${digestOf(manifest)}`);
    await send(method, `/v2/a/b/blobs/${digestOf(layer)}`);
  }
  await send("DELETE", `/v2/a/b/manifests/${digestOf(manifest)}`);
  await send("DELETE", `/v2/a/b/blobs/${digestOf(layer)}`);
}

/** A peer by the configuration file that both versions read. */
async function startPeer(program: string, receiver: Receiver): Promise<Telling> {
  const directory = await scratch("notify");
  const configuration = [
    "version: 0.1",
    `storage: { filesystem: { rootdirectory: ${join(directory.path, "data")} }, delete: { enabled: true } }`,
    "http: { addr: 127.0.0.1:0 }",
    "notifications:",
    "  events: { includereferences: true }",
    "  endpoints:",
    `    - { name: hook, url: "${receiver.url}", timeout: 5s, threshold: 5, backoff: 100ms }`,
  ];
  await writeFile(join(directory.path, "config.yml"), `${configuration.join("\n")}\n`);
  const argv = [peer(program), "serve", join(directory.path, "config.yml")];
  const daemon = await startDaemon(argv, /listening on ([\d.]+:\d+)/, { OTEL_TRACES_EXPORTER: "none" });
  return {
    url: `http://${daemon.match[1]}`,
    async [Symbol.asyncDispose]() {
      await daemon.stop();
      await directory[Symbol.asyncDispose]();
    },
  };
}

async function startOurs(receiver: Receiver): Promise<Telling> {
  const directory = await scratch("notify");
  const meta = openSqliteMeta(join(directory.path, "meta.db"));
  let port = 0;
  const operations = await openOperations({
    meta,
    logs: { level: "info", format: "json", isAccessLogEnabled: false, fields: {} },
    limits: {},
    http: { prefix: "", isMetricsOnMain: false },
    notifications: [
      {
        name: "hook",
        url: receiver.url,
        headers: {},
        timeoutMs: 5_000,
        threshold: 5,
        backoffMs: 100,
        ignoredMediaTypes: [],
        ignoredActions: [],
        includesReferences: true,
      },
    ],
    port: () => port,
    warn: (message) => {
      throw new Error(message);
    },
  });
  const server = await startServer({
    store: { blobs: openFileSystemBlobs(directory.path), meta },
    address: "127.0.0.1:0",
    observer: operations.observer!,
    watch: operations.watch,
  });
  port = server.port;
  return {
    url: server.url,
    async [Symbol.asyncDispose]() {
      await server.stop();
      await operations.close();
      await meta.close();
      await directory[Symbol.asyncDispose]();
    },
  };
}

/** What differs from run to run, by its kind only. */
function shape(event: ReceivedEvent): object {
  const text = JSON.stringify(event, (key, value) => {
    if (key === "id" || key === "instanceID") return /^[0-9a-f-]{36}$/.test(value) ? "UUID" : value;
    if (key === "timestamp") return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value) ? "TIME" : value;
    if (key !== "target" && key !== "request" && key !== "source") return value;
    // 3.x writes empty members of what was deleted, 2.x leaves them out, and so do we.
    const members = Object.entries(value as object).filter(([, member]) => member !== "" && member !== 0);
    return Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : 1)));
  });
  // Ours has no port of the client: the server is not told it.
  return JSON.parse(
    text
      .replaceAll(/127\.0\.0\.1:\d+/g, "ADDRESS")
      .replaceAll(/"addr":"(?:ADDRESS|127\.0\.0\.1)"/g, '"addr":"CLIENT"')
      .replaceAll(/:\d+"/g, ':PORT"'),
  );
}

/**
 * Differences on purpose: distribution takes a HEAD for a pull, and so counts each look of a client that pushes; it repeats the references
 * of a manifest with each pull; and after a manifest that was deleted by its digest it tells of each tag that went with it.
 */
function comparable(events: readonly ReceivedEvent[]): object[] {
  return events
    .filter(({ action, request }) => !(action === "pull" && request.method === "HEAD"))
    .filter(({ action, target }) => !(action === "delete" && target.tag !== undefined))
    .map((event) => {
      if (event.action !== "pull") return event;
      const { references: _, ...target } = event.target;
      return { ...event, target } as ReceivedEvent;
    })
    .map(shape)
    .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

describe("notifications have the members and values of distribution's", () => {
  let ours: Receiver;
  beforeAll(async () => {
    ours = startReceiver();
    await using registry = await startOurs(ours);
    await useRegistry(registry.url);
    await ours.seen(10);
  });
  afterAll(() => ours[Symbol.dispose]());

  const peers = [
    ["docker-registry", "application/vnd.docker.distribution.events.v1+json"],
    ["distribution-registry", "application/vnd.docker.distribution.events.v2+json"],
  ] as const;
  for (const [program, mediaType] of peers) {
    test.skipIf(missing(program))(program, async () => {
      using receiver = startReceiver();
      {
        await using registry = await startPeer(program, receiver);
        await useRegistry(registry.url);
        await receiver.seen(14);
      }
      expect(receiver.requests[0]!.headers.get("content-type")).toBe(mediaType);
      expect(comparable(ours.events)).toEqual(comparable(receiver.events));
    });
  }

  test("ours say v1, as those of registry:2 do", () => {
    for (const { headers } of ours.requests) {
      expect(headers.get("content-type")).toBe("application/vnd.docker.distribution.events.v1+json");
    }
  });
});
