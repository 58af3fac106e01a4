import { expect, test } from "bun:test";
import { TestRegistry } from "./testing/test-registry.ts";

test("the catalog pages through repositories, also those whose names start alike", async () => {
  const registry = new TestRegistry();
  const names = ["a", "a-b", "a/b", "a0", "b/c/d", "b/c/d/e"];
  for (const name of [...names].reverse()) await registry.putBlob(name, "x");
  const seen: string[] = [];
  let path: string | undefined = "/v2/_catalog?n=2";
  while (path) {
    const response: Response = await registry.send("GET", path);
    seen.push(...((await response.json()) as { repositories: string[] }).repositories);
    path = /^<([^>]+)>/.exec(response.headers.get("link") ?? "")?.[1];
  }
  expect(seen).toEqual(names);
});

test("the catalog of an empty registry is an empty list", async () => {
  const response = await new TestRegistry().send("GET", "/v2/_catalog");
  expect(await response.json()).toEqual({ repositories: [] });
});
