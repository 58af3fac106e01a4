import { expect, test } from "bun:test";
import { digestOf, mediaTypes } from "../../oci/mod.ts";
import type { RegistryEvent } from "../../registry/mod.ts";
import { notificationsOf } from "./notification-event.ts";
import { requestIdOf } from "./request-notes.ts";

const digest = digestOf("m");
const source = { addr: "host:5000", instanceID: "i" };

function json(
  change: Partial<RegistryEvent>,
  options: { externalUrl?: string; prefix?: string; headers?: Record<string, string> } = {},
) {
  const headers = { host: "r:5000", "user-agent": "test/1", ...options.headers };
  const event: RegistryEvent = {
    action: "push",
    kind: "manifest",
    repository: "a/b",
    tags: [],
    caller: { kind: "user", name: "ann" },
    peer: { address: "192.0.2.7" },
    request: new Request("http://r:5000/v2/a/b/manifests/v1", { headers, method: "PUT" }),
    atMs: Date.UTC(2026, 0, 2),
    ...change,
  };
  const { externalUrl, prefix } = options;
  const shape = {
    source,
    ...(externalUrl === undefined ? {} : { externalUrl }),
    ...(prefix ? { prefix } : {}),
  };
  const made = notificationsOf(event, shape).map((one) => JSON.parse(one.text({ includesReferences: true })));
  return { made, event };
}

test("a pushed manifest", () => {
  const references = [{ mediaType: mediaTypes.ociConfig, size: 2, digest, annotations: { a: "b" } }];
  const { made, event } = json({
    digest,
    mediaType: mediaTypes.ociManifest,
    sizeBytes: 3,
    tags: ["v1"],
    references,
  });
  expect(made).toEqual([
    {
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      timestamp: "2026-01-02T00:00:00.000Z",
      action: "push",
      target: {
        mediaType: mediaTypes.ociManifest,
        size: 3,
        digest,
        length: 3,
        repository: "a/b",
        url: `http://r:5000/v2/a/b/manifests/${digest}`,
        tag: "v1",
        references: [{ mediaType: mediaTypes.ociConfig, size: 2, digest }],
      },
      request: {
        id: requestIdOf(event.request),
        addr: "192.0.2.7",
        host: "r:5000",
        method: "PUT",
        useragent: "test/1",
      },
      actor: { name: "ann" },
      source,
    },
  ]);
});

test("a target has room for one tag, so several tags are several events", () => {
  const { made } = json({ digest, mediaType: "x/y", sizeBytes: 3, tags: ["v1", "v2"] });
  expect(made.map(({ target }) => target.tag)).toEqual(["v1", "v2"]);
  expect(made[0].id).not.toBe(made[1].id);
});

test("a mounted blob says where from; an empty one has no size, as Go leaves it out", () => {
  const { made } = json({ action: "mount", kind: "blob", digest, sizeBytes: 0, fromRepository: "c" });
  expect(made[0].target).toEqual({
    mediaType: "application/octet-stream",
    digest,
    repository: "a/b",
    fromRepository: "c",
    url: `http://r:5000/v2/a/b/blobs/${digest}`,
  });
});

test("a deleted manifest is its digest, then each tag that went with it", () => {
  const { made } = json({ action: "delete", digest, tags: ["v1", "v2"] });
  expect(made.map(({ target }) => target)).toEqual([
    { digest, repository: "a/b" },
    { repository: "a/b", tag: "v1" },
    { repository: "a/b", tag: "v2" },
  ]);
  expect(json({ action: "delete", kind: "tag", tags: ["v1"] }).made.map(({ target }) => target)).toEqual([
    { repository: "a/b", tag: "v1" },
  ]);
});

test("url is the one clients know", () => {
  const url = (options: Parameters<typeof json>[1]) => json({ digest }, options).made[0].target.url;
  expect(url({ externalUrl: "https://registry.test/" })).toBe(
    `https://registry.test/v2/a/b/manifests/${digest}`,
  );
  expect(url({ externalUrl: "https://registry.test", prefix: "/p/" })).toBe(
    `https://registry.test/p/v2/a/b/manifests/${digest}`,
  );
  expect(url({ headers: { "x-forwarded-proto": "https" } })).toBe(
    `https://r:5000/v2/a/b/manifests/${digest}`,
  );
  expect(url({ headers: { "x-forwarded-proto": "javascript" } })).toBe(
    `http://r:5000/v2/a/b/manifests/${digest}`,
  );
});

test("nobody is an actor without a name", () => {
  expect(json({ digest, caller: { kind: "anonymous", name: "" } }).made[0].actor).toEqual({});
});

test("what a client sends is cut, and is never a secret of its request", () => {
  const { made } = json(
    { digest },
    { headers: { "user-agent": "x".repeat(100_000), authorization: "Bearer hunter2", cookie: "hunter2" } },
  );
  expect(JSON.stringify(made).length).toBeLessThan(3000);
  expect(JSON.stringify(made)).not.toContain("hunter2");
});
