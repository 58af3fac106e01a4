import { Author, type SetManifest, types } from "../author.ts";
import type { Check } from "../check.ts";
import { pushBlob, pushSet, putManifest } from "../push.ts";
import {
  type Answer,
  algorithms,
  digestOf,
  errorCodes,
  freshBytes,
  freshRepository,
  header,
  jsonOf,
  must,
  type Registry,
  sameBytes,
  send,
} from "../registry.ts";

/** Made of `author`'s pieces, not yet pushed. */
type Written = { registry: Registry; repository: string; author: Author };

const cases: [area: Check["area"], data: string, run: (written: Written) => Promise<void>][] = [
  ...algorithms.map((algorithm): (typeof cases)[number] => [
    "manifest put by digest",
    `bad digest, ${algorithm}`,
    async ({ registry, repository, author }) => {
      const manifest = author.manifest();
      await pushBlobs({ registry, repository, author });
      const digest = digestOf(freshBytes(8), algorithm);
      must(await putManifest(registry, repository, manifest, digest), 400);
      must(await get(registry, repository, digest), 404);
    },
  ]),
  ...["sha256:baddigeststring", `sha256:${"g".repeat(64)}`, "md5:d41d8cd98f00b204e9800998ecf8427e"].flatMap(
    (digest): (typeof cases)[number][] => [
      [
        "manifest put by digest",
        `invalid digest ${digest.slice(0, 22)}`,
        async ({ registry, repository, author }) => {
          const manifest = author.manifest();
          await pushBlobs({ registry, repository, author });
          must(await putManifest(registry, repository, manifest, digest), 400);
        },
      ],
      [
        "manifest get by digest",
        `invalid digest ${digest.slice(0, 22)}`,
        async ({ registry, repository, author }) => {
          await push({ registry, repository, author }, author.manifest());
          must(await get(registry, repository, digest), 400, 404);
        },
      ],
    ],
  ),
  ...algorithms.map((algorithm): (typeof cases)[number] => [
    "manifest put with tag params",
    `ten tags at once, ${algorithm}`,
    async ({ registry, repository }) => {
      const author = new Author(algorithm);
      const manifest = author.manifest();
      await pushBlobs({ registry, repository, author });
      const tags = Array.from({ length: 10 }, (_, at) => `t${at}`);
      const query = tags.map((tag) => `tag=${tag}`).join("&");
      const answer = must(
        await putManifest(registry, repository, manifest, `${manifest.digest}?${query}`),
        201,
      );
      if (
        header(answer, "oci-tag")
          .split(/\s*,\s*/)
          .sort()
          .join() !== tags.join()
      )
        throw new Error(`OCI-Tag is ${header(answer, "oci-tag")}`);
      for (const tag of tags) {
        const found = must(await get(registry, repository, tag), 200);
        if (header(found, "docker-content-digest") !== manifest.digest) throw new Error(`${tag} is another`);
      }
    },
  ]),
  [
    "manifest put by tag",
    "a tag moves",
    async ({ registry, repository, author }) => {
      const [before, after] = [author.manifest(), author.manifest()];
      await pushBlobs({ registry, repository, author });
      for (const manifest of [before, after])
        must(await putManifest(registry, repository, manifest, "latest"), 201);
      sameBytes(must(await get(registry, repository, "latest"), 200), after.bytes);
      sameBytes(must(await get(registry, repository, before.digest), 200), before.bytes);
    },
  ],
  [
    "manifest put by tag",
    "the same again",
    async ({ registry, repository, author }) => {
      const manifest = author.manifest();
      await pushBlobs({ registry, repository, author });
      for (let round = 0; round < 2; round += 1)
        must(await putManifest(registry, repository, manifest, "latest"), 201);
      sameBytes(must(await get(registry, repository, "latest"), 200), manifest.bytes);
    },
  ],
  [
    "manifest put by tag",
    "a media type with a parameter",
    async ({ registry, repository, author }) => {
      const manifest = author.manifest();
      await pushBlobs({ registry, repository, author });
      const mediaType = `${manifest.mediaType}; charset=utf-8`;
      must(await putManifest(registry, repository, { ...manifest, mediaType }, "latest"), 201);
      const answer = must(await get(registry, repository, "latest"), 200);
      sameBytes(answer, manifest.bytes);
      if (header(answer, "content-type") !== manifest.mediaType)
        throw new Error(`Content-Type is ${header(answer, "content-type")}`);
    },
  ],
  [
    "manifest put by tag",
    "4 MiB",
    async ({ registry, repository, author }) => {
      const manifest = padded(author, 4 * 2 ** 20);
      await pushBlobs({ registry, repository, author });
      must(await putManifest(registry, repository, manifest, "large"), 201);
      sameBytes(must(await get(registry, repository, "large"), 200), manifest.bytes);
    },
  ],
  [
    "manifest put by tag",
    "more than any manifest has",
    async ({ registry, repository, author }) => {
      const manifest = padded(author, 20 * 2 ** 20);
      await pushBlobs({ registry, repository, author });
      must(await putManifest(registry, repository, manifest, "larger"), 413);
      must(await get(registry, repository, "larger"), 404);
    },
  ],
  ...["", "{", "null", "[]", "not json", '{"schemaVersion":2}'].map((text): (typeof cases)[number] => [
    "manifest put by tag",
    `a body of ${text === "" ? "nothing" : text}`,
    async ({ registry, repository }) => {
      const bytes = new Uint8Array(Buffer.from(text));
      const answer = must(
        await putManifest(registry, repository, { bytes, mediaType: types.image }, "v1"),
        400,
      );
      if (!errorCodes(answer).includes("MANIFEST_INVALID")) throw new Error(`codes ${errorCodes(answer)}`);
      must(await get(registry, repository, "v1"), 404);
    },
  ]),
  [
    "tag delete",
    "leaves the manifest and its other tags",
    async ({ registry, repository, author }) => {
      const manifest = author.manifest();
      await pushBlobs({ registry, repository, author });
      for (const tag of ["a", "b"]) must(await putManifest(registry, repository, manifest, tag), 201);
      must(await send(registry, "DELETE", `/v2/${repository}/manifests/a`), 202);
      must(await get(registry, repository, "a"), 404);
      for (const left of ["b", manifest.digest])
        sameBytes(must(await get(registry, repository, left), 200), manifest.bytes);
    },
  ],
  [
    "manifest delete atomic",
    "takes every tag along",
    async ({ registry, repository, author }) => {
      const [manifest, other] = [author.manifest(), author.manifest()];
      await pushBlobs({ registry, repository, author });
      for (const tag of ["a", "b", "c"]) must(await putManifest(registry, repository, manifest, tag), 201);
      must(await putManifest(registry, repository, other, "d"), 201);
      must(await send(registry, "DELETE", `/v2/${repository}/manifests/${manifest.digest}`), 202);
      for (const gone of ["a", "b", "c", manifest.digest]) must(await get(registry, repository, gone), 404);
      const { tags } = jsonOf<{ tags: string[] }>(await send(registry, "GET", `/v2/${repository}/tags/list`));
      if (tags.join() !== "d") throw new Error(`the tags left are ${tags}`);
    },
  ],
  [
    "manifest delete",
    "of what is not there",
    async ({ registry, repository, author }) => {
      await push({ registry, repository, author }, author.manifest());
      for (const reference of ["nothing", digestOf(freshBytes(8))])
        must(await send(registry, "DELETE", `/v2/${repository}/manifests/${reference}`), 404);
    },
  ],
  [
    "manifest delete",
    "leaves the children of an index",
    async ({ registry, repository, author }) => {
      const children = [author.manifest(), author.manifest()];
      const index = author.index({ tag: "index", manifests: children });
      await pushSet(registry, repository, author);
      must(await send(registry, "DELETE", `/v2/${repository}/manifests/${index.digest}`), 202);
      for (const { digest, bytes } of children)
        sameBytes(must(await get(registry, repository, digest), 200), bytes);
    },
  ],
];

export const manifestTable: readonly Check[] = cases.map(([area, data, run]) => ({
  area,
  data,
  run: (registry) => run({ registry, repository: freshRepository(), author: new Author() }),
}));

function padded(author: Author, size: number): SetManifest {
  const manifest = author.manifest({ annotations: { filler: "" } });
  const text = Buffer.from(manifest.bytes).toString();
  const filler = `"filler": "${"a".repeat(size - manifest.size)}"`;
  const bytes = new Uint8Array(Buffer.from(text.replace('"filler": ""', filler)));
  return { ...manifest, bytes, digest: digestOf(bytes), size: bytes.length };
}

async function pushBlobs({ registry, repository, author }: Written): Promise<void> {
  for (const { digest, bytes } of author.blobs) await pushBlob(registry, { repository, digest, bytes });
}

async function push(written: Written, manifest: SetManifest): Promise<void> {
  await pushBlobs(written);
  must(await putManifest(written.registry, written.repository, manifest, manifest.digest), 201);
}

function get(registry: Registry, repository: string, reference: string): Promise<Answer> {
  return send(registry, "GET", `/v2/${repository}/manifests/${reference}`);
}
