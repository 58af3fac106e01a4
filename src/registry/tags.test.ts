import { expect, test } from "bun:test";
import fc from "fast-check";
import { errorCode, imageManifest, TestRegistry } from "./testing/test-registry.ts";

interface TagList {
  name: string;
  tags: string[];
}

const list = async (registry: TestRegistry, path: string) => {
  const response = await registry.send("GET", path);
  const link = response.headers.get("link");
  return { status: response.status, link, ...((await response.json()) as TagList) };
};

test("tags are in byte order, a prefix before the longer one", async () => {
  const registry = new TestRegistry();
  for (const tag of ["b", "a.1", "a", "A", "_", "a-1", "10", "9"])
    await registry.putManifest("a", tag, imageManifest());
  expect((await list(registry, "/v2/a/tags/list")).tags).toEqual([
    "10",
    "9",
    "A",
    "_",
    "a",
    "a-1",
    "a.1",
    "b",
  ]);
});

test("n=0 is an empty list without a link", async () => {
  const registry = new TestRegistry();
  await registry.putManifest("a", "v1", imageManifest());
  expect(await list(registry, "/v2/a/tags/list?n=0")).toEqual({
    status: 200,
    link: null,
    name: "a",
    tags: [],
  });
});

test("last is exclusive, known or not", async () => {
  const registry = new TestRegistry();
  for (const tag of ["a", "b", "c"]) await registry.putManifest("a", tag, imageManifest());
  expect((await list(registry, "/v2/a/tags/list?last=a")).tags).toEqual(["b", "c"]);
  expect((await list(registry, "/v2/a/tags/list?last=aa")).tags).toEqual(["b", "c"]);
  expect((await list(registry, "/v2/a/tags/list?last=z")).tags).toEqual([]);
});

test("following the links visits every tag once, whatever the page size", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.stringMatching(/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,5}$/), { maxLength: 12 }),
      fc.integer({ min: 1, max: 13 }),
      async (tags, n) => {
        const registry = new TestRegistry();
        await registry.putBlob("a", "x");
        for (const tag of tags) await registry.putManifest("a", tag, imageManifest());
        const seen: string[] = [];
        let path: string | undefined = `/v2/a/tags/list?n=${n}`;
        while (path) {
          const page: Awaited<ReturnType<typeof list>> = await list(registry, path);
          expect(page.tags.length).toBeLessThanOrEqual(n);
          seen.push(...page.tags);
          path = /^<([^>]+)>; rel="next"$/.exec(page.link ?? "")?.[1];
        }
        expect(seen).toEqual([...tags].sort((a, b) => (a < b ? -1 : 1)));
      },
    ),
    { numRuns: 20 },
  );
});

test.each(["-1", "x", "1e3", "99999999999"])("n=%s is 400", async (n) => {
  const registry = new TestRegistry();
  await registry.putManifest("a", "v1", imageManifest());
  expect((await registry.send("GET", `/v2/a/tags/list?n=${n}`)).status).toBe(400);
});

test("a repository without tags has an empty list, one that is not there is unknown", async () => {
  const registry = new TestRegistry();
  await registry.putBlob("a", "x");
  expect((await list(registry, "/v2/a/tags/list")).tags).toEqual([]);
  const response = await registry.send("GET", "/v2/b/tags/list");
  expect(response.status).toBe(404);
  expect(await errorCode(response)).toBe("NAME_UNKNOWN");
});
