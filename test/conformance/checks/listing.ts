import { Author } from "../author.ts";
import type { Check } from "../check.ts";
import { pushBlob, putManifest } from "../push.ts";
import { freshRepository, jsonOf, must, nextOf, type Registry, send } from "../registry.ts";

/** Prefixes of one another, cases and digits: where listings go wrong. */
const tags = [
  "1",
  "10",
  "1.0",
  "2",
  "A",
  "B-1",
  "a",
  "a-b",
  "a.b",
  "a_b",
  "ab",
  "v1",
  "v1.0",
  "v1.0.0",
  "v10",
];
const asciiOrder = [...tags].sort();
const lexicalOrder = [...tags].sort((a, b) => order(a.toLowerCase(), b.toLowerCase()));

const tagCases: [data: string, run: (registry: Registry, path: string) => Promise<void>][] = [
  ["all of them, in order", async (registry, path) => isInOrder(await tagsOf(registry, path))],
  ...[1, 2, 4, 7, tags.length, tags.length + 1].flatMap((n): typeof tagCases => [
    [
      `pages of ${n} by Link`,
      async (registry, path) => {
        const found: string[] = [];
        for (let next: string | undefined = `${path}?n=${n}`; next !== undefined; ) {
          const answer = must(await send(registry, "GET", next), 200);
          const page = jsonOf<{ tags: string[] }>(answer).tags;
          next = nextOf(answer);
          if (
            page.length > n ||
            (page.length < n && next === undefined && found.length + page.length < tags.length)
          )
            throw new Error(`a page of ${n} has ${page.length}`);
          found.push(...page);
          if (found.length > tags.length) throw new Error(`more than all tags: ${found}`);
        }
        isInOrder(found);
      },
    ],
    [
      `pages of ${n} by last`,
      async (registry, path) => {
        const found: string[] = [];
        for (let last = ""; found.length <= tags.length; last = found.at(-1)!) {
          const page = await tagsOf(registry, `${path}?n=${n}${last && `&last=${last}`}`);
          found.push(...page);
          if (page.length < n) break;
        }
        isInOrder(found);
      },
    ],
  ]),
  [
    "n=0 is an empty list without Link",
    async (registry, path) => {
      const answer = must(await send(registry, "GET", `${path}?n=0`), 200);
      const page = jsonOf<{ tags: string[] }>(answer).tags;
      if (!Array.isArray(page) || page.length > 0) throw new Error(`the list is ${JSON.stringify(page)}`);
      if (answer.headers.has("link")) throw new Error("there is a Link");
    },
  ],
  [
    "last without n, and exclusive",
    async (registry, path) => {
      const whole = await tagsOf(registry, path);
      for (const [at, last] of whole.entries()) {
        const rest = await tagsOf(registry, `${path}?last=${last}`);
        if (rest.join() !== whole.slice(at + 1).join()) throw new Error(`after ${last} come ${rest}`);
      }
    },
  ],
  [
    "last may be a tag that is not there",
    async (registry, path) => {
      const rest = await tagsOf(registry, `${path}?last=v1.0.`);
      const expected = [asciiOrder, lexicalOrder].map((all) => all.slice(all.indexOf("v1.0") + 1).join());
      if (!expected.includes(rest.join())) throw new Error(`after v1.0. come ${rest}`);
    },
  ],
];

const otherCases: Check[] = [
  {
    area: "tag list",
    data: "of a repository whose tags were all deleted",
    async run(registry) {
      const repository = freshRepository();
      await tagged(registry, repository, ["only"]);
      must(await send(registry, "DELETE", `/v2/${repository}/manifests/only`), 202);
      const left = await tagsOf(registry, `/v2/${repository}/tags/list`);
      if (!Array.isArray(left) || left.length > 0) throw new Error(`tags is ${JSON.stringify(left)}`);
    },
  },
  {
    area: "tag list",
    data: "of a repository that nobody has pushed to",
    async run(registry) {
      must(await send(registry, "GET", `/v2/${freshRepository()}/tags/list`), 404);
    },
  },
  {
    area: "catalog",
    data: "has each repository once, also those whose names begin alike",
    async run(registry) {
      const root = freshRepository();
      const names = [root, `${root}-a`, `${root}.a`, `${root}/a`, `${root}/a/b`, `${root}/ab`, `${root}0`];
      for (const name of names) await tagged(registry, name, ["v1"]);
      for (const n of [3, 1000]) {
        const found = (await catalog(registry, n)).filter((name) => name.startsWith(root));
        if ([...found].sort().join() !== [...names].sort().join())
          throw new Error(`in pages of ${n} the catalog has ${found}`);
      }
    },
  },
];

export const listingTable: readonly Check[] = [
  ...tagCases.map(
    ([data, run]): Check => ({
      area: "tag list",
      data,
      run: async (registry) => {
        const repository = freshRepository();
        await tagged(registry, repository, tags);
        await run(registry, `/v2/${repository}/tags/list`);
      },
    }),
  ),
  ...otherCases,
];

/** A repository in which one small image has these tags. */
export async function tagged(
  registry: Registry,
  repository: string,
  names: readonly string[],
): Promise<void> {
  const author = new Author();
  const manifest = author.manifest({ layers: [] });
  for (const { digest, bytes } of author.blobs) await pushBlob(registry, { repository, digest, bytes });
  for (const name of names) must(await putManifest(registry, repository, manifest, name), 201);
}

async function tagsOf(registry: Registry, location: string): Promise<string[]> {
  return jsonOf<{ tags: string[] }>(must(await send(registry, "GET", location), 200)).tags;
}

async function catalog(registry: Registry, n: number): Promise<string[]> {
  const found: string[] = [];
  for (let next: string | undefined = `/v2/_catalog?n=${n}`; next !== undefined; ) {
    const answer = must(await send(registry, "GET", next), 200);
    found.push(...jsonOf<{ repositories: string[] }>(answer).repositories);
    next = nextOf(answer);
  }
  return found;
}

/** The specification allows both orders. */
function isInOrder(found: readonly string[]): void {
  const isCaseless = found.map((tag) => tag.toLowerCase()).join() === lexicalOrder.join().toLowerCase();
  if (found.join() !== asciiOrder.join() && !(isCaseless && new Set(found).size === tags.length))
    throw new Error(`the tags are ${found}`);
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
