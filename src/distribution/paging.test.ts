import { expect, test } from "bun:test";
import { nextLink } from "./paging.ts";
import { InProcessNetwork } from "./testing/in-process-network.ts";

test.each([
  ['</v2/a/tags/list?n=2&last=b>; rel="next"', "/v2/a/tags/list?n=2&last=b"],
  ["</x>; rel=next", "/x"],
  ['</x,y>; title="a"; rel="next"', "/x,y"],
  ['</first>; rel="first", </next>; rel="next"', "/next"],
  // As serverless-registry sends it.
  ['/v2/a/tags/list?n=1&last=b; rel="next"', "/v2/a/tags/list?n=1&last=b"],
  ['</x>; rel="prev"', undefined],
  ["</x>", undefined],
  ["", undefined],
  [null, undefined],
])("nextLink() reads %j", (header, target) => {
  expect(nextLink(header)).toBe(target);
});

test("listTags() follows the links, relative and absolute, and not in circles", async () => {
  const links: Record<string, string> = {
    "": '</v2/a/tags/list?p=1>; rel="next"',
    "?p=1": '<https://registry.test/v2/a/tags/list?p=2>; rel="next"',
    "?p=2": '</v2/a/tags/list?p=1>; rel="next"',
  };
  const network = new InProcessNetwork({
    "registry.test": (request) => {
      const { search } = new URL(request.url);
      return Response.json({ name: "a", tags: [`t${search}`] }, { headers: { link: links[search]! } });
    },
  });
  expect(await Array.fromAsync(network.client().listTags("a"))).toEqual(["t", "t?p=1", "t?p=2"]);
});

test("listTags() reads null as no tags and refuses what is no list", async () => {
  const answers: unknown[] = [{ tags: null }, { tags: [1] }, []];
  const network = new InProcessNetwork({ "registry.test": () => Response.json(answers.shift()) });
  const list = () => Array.fromAsync(network.client().listTags("a"));
  expect(await list()).toEqual([]);
  await expect(list()).rejects.toMatchObject({ code: "protocol" });
  expect(await list()).toEqual([]);
});
