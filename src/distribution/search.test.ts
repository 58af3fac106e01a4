import { expect, test } from "bun:test";
import { InProcessNetwork, registryError } from "./testing/in-process-network.ts";

const results = [
  { name: "nginx", description: "a\nb", star_count: 7, is_official: true, is_automated: false },
  { name: 5, star_count: "many" },
  null,
];

test("search() asks Docker Hub's index, without a word of who asks", async () => {
  const network = new InProcessNetwork({ "index.docker.io": () => Response.json({ results }) });
  const client = network.client({
    host: "docker.io",
    credentials: { find: async () => ({ kind: "password", username: "u", password: "p" }) },
  });
  expect(await client.search("n&x", { limit: 3 })).toEqual([
    { name: "nginx", description: "a\nb", stars: 7, isOfficial: true },
    { name: "5", description: "", stars: 0, isOfficial: false },
  ]);
  expect(network.lines("index.docker.io")).toEqual(["GET /v1/search?q=n%26x&n=3"]);
  expect(network.seen[0]!.headers.get("authorization")).toBeNull();
});

test("search() of a registry without an index is undefined; of a broken one an error", async () => {
  const answers = (respond: () => Response, host = "registry.test") =>
    new InProcessNetwork({ "registry.test": respond, "index.docker.io": respond })
      .client({ host, retry: { attempts: 1 } })
      .search("x");
  expect(await answers(() => registryError(404, "NAME_UNKNOWN"))).toBeUndefined();
  expect(await answers(() => new Response("<html>"))).toBeUndefined();
  await expect(answers(() => new Response("<html>"), "docker.io")).rejects.toMatchObject({
    code: "protocol",
  });
  await expect(answers(() => registryError(429, "TOOMANYREQUESTS"))).rejects.toMatchObject({
    code: "rate-limited",
  });
  await expect(answers(() => registryError(503, "UNKNOWN"))).rejects.toMatchObject({ code: "network" });
});
