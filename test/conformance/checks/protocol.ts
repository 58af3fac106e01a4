import { Author, types } from "../author.ts";
import type { Check } from "../check.ts";
import { begin, pushSet, putManifest } from "../push.ts";
import { sendRaw } from "../raw.ts";
import { digestOf, errorCodes, freshBytes, freshRepository, must, send, textOf } from "../registry.ts";
import { tagged } from "./listing.ts";

const ping: Check[] = [
  {
    area: "ping",
    data: "GET and HEAD",
    async run(registry) {
      for (const method of ["GET", "HEAD"]) must(await send(registry, method, "/v2/"), 200);
    },
  },
];

/** Accept, in all the ways clients write it: an image that is there is served. */
const accepts: Record<string, string[]> = {
  "without Accept": [],
  "Accept: */*": ["Accept: */*"],
  "one type": [`Accept: ${types.image}`],
  "a list": [`Accept: ${types.dockerManifest}, ${types.image};q=0.9, ${types.index}, */*;q=0.1`],
  "several headers": [`Accept: ${types.dockerManifest}`, `Accept: ${types.index}`, `Accept: ${types.image}`],
};
const negotiation = Object.entries(accepts).map(
  ([data, lines]): Check => ({
    area: "negotiation",
    data,
    async run(registry) {
      const repository = freshRepository();
      await tagged(registry, repository, ["v1"]);
      const { status, text } = await sendRaw(registry, `/v2/${repository}/manifests/v1`, lines);
      if (status !== 200) throw new Error(`answered ${status}`);
      if (!new RegExp(`^content-type: ${RegExp.escape(types.image)}\\r$`, "im").test(text))
        throw new Error(text.split("\r\n\r\n")[0]);
    },
  }),
);

const longName = `${"a".repeat(60)}/${"b".repeat(60)}/${"c".repeat(60)}`;
const goodNames = ["a", "0", "a/b/c/d/e/f", "a.b", "a_b", "a__b", "a-b", "a---b", "a1/b2", longName];
/** Names made of the words that the API's paths are made of. */
const confusing = [
  "blobs",
  "tags/list",
  "manifests/x",
  "blobs/uploads",
  "referrers",
  "v2/a",
  "x/tags/list/y",
];
const badNames = ["A", "a/B", "a..b", "a___b", "_a", "a_", "-a", "a-", ".a", "a/", "a//b", "a/_b", "ä"];
const goodTags = ["_", "0", "A", "v1.0-rc_1", "latest", "a".repeat(128)];
const badTags = [".a", "-a", "a".repeat(129), "a+b", "a b", "ä", "a@b"];

const names: Check[] = [
  ...[...goodNames, ...confusing].map(
    (name): Check => ({
      area: "names",
      data: `repository ${name.slice(0, 30)}`,
      async run(registry) {
        const repository = `${freshRepository().slice(-8)}/${name}`;
        await tagged(registry, repository, ["v1"]);
        must(await send(registry, "GET", `/v2/${repository}/manifests/v1`), 200);
        must(await send(registry, "GET", `/v2/${repository}/tags/list`), 200);
      },
    }),
  ),
  ...badNames.map(
    (name): Check => ({
      area: "names",
      data: `no repository ${name}`,
      async run(registry) {
        const path = `/v2/${encodeURI(name)}`;
        must(await send(registry, "POST", `${path}/blobs/uploads/`), 400, 404);
        const { mediaType, bytes } = new Author().manifest();
        const headers = { "content-type": mediaType };
        must(await send(registry, "PUT", `${path}/manifests/v1`, { headers, body: bytes }), 400, 404);
      },
    }),
  ),
  ...goodTags.map(
    (tag): Check => ({
      area: "names",
      data: `tag ${tag.slice(0, 30)}`,
      async run(registry) {
        const repository = freshRepository();
        await tagged(registry, repository, [tag]);
        must(await send(registry, "GET", `/v2/${repository}/manifests/${tag}`), 200);
      },
    }),
  ),
  ...badTags.map(
    (tag): Check => ({
      area: "names",
      data: `no tag ${tag.slice(0, 30)}`,
      async run(registry) {
        const repository = freshRepository();
        const author = new Author();
        const manifest = author.manifest();
        await pushSet(registry, repository, author);
        must(await putManifest(registry, repository, manifest, encodeURIComponent(tag)), 400, 404);
        must(await send(registry, "GET", `/v2/${repository}/manifests/${encodeURIComponent(tag)}`), 400, 404);
      },
    }),
  ),
  ...[
    "/v2/../etc/passwd",
    "/v2/a/../../b/tags/list",
    "/v2/a/blobs/../../../x",
    "/v2/a/manifests/..%2f..%2fx",
  ].map(
    (target): Check => ({
      area: "names",
      data: `path ${target}`,
      async run(registry) {
        const { status } = await sendRaw(registry, target);
        // Some servers tidy a path up by a redirect.
        if (![301, 302, 307, 308, 400, 404].includes(status)) throw new Error(`answered ${status}`);
      },
    }),
  ),
];

const absent = () => digestOf(freshBytes(8));
/** What is not there, by endpoint, with the codes that say so. */
const missing: [endpoint: string, method: string, path: () => string, codes: string[]][] = [
  ["end-2", "GET", () => `/blobs/${absent()}`, ["BLOB_UNKNOWN"]],
  ["end-3, by tag", "GET", () => "/manifests/absent", ["MANIFEST_UNKNOWN"]],
  ["end-3, by digest", "GET", () => `/manifests/${absent()}`, ["MANIFEST_UNKNOWN"]],
  ["end-5", "PATCH", () => `/blobs/uploads/${crypto.randomUUID()}`, uploadUnknown()],
  ["end-6", "PUT", () => `/blobs/uploads/${crypto.randomUUID()}?digest=${absent()}`, uploadUnknown()],
  ["end-9, by digest", "DELETE", () => `/manifests/${absent()}`, ["MANIFEST_UNKNOWN"]],
  ["end-9, by tag", "DELETE", () => "/manifests/absent", ["MANIFEST_UNKNOWN"]],
  ["end-10", "DELETE", () => `/blobs/${absent()}`, ["BLOB_UNKNOWN"]],
  ["end-13", "GET", () => `/blobs/uploads/${crypto.randomUUID()}`, uploadUnknown()],
  ["end-14", "DELETE", () => `/blobs/uploads/${crypto.randomUUID()}`, uploadUnknown()],
];
const errors: Check[] = [
  ...missing.map(
    ([endpoint, method, path, codes]): Check => ({
      area: "errors",
      data: `${endpoint}: ${method} of what is not there`,
      async run(registry) {
        const repository = freshRepository();
        await tagged(registry, repository, ["v1"]);
        const answer = must(await send(registry, method, `/v2/${repository}${path()}`), 404);
        if (!errorCodes(answer).some((code) => codes.includes(code))) throw new Error(textOf(answer));
      },
    }),
  ),
  {
    area: "errors",
    data: "end-8: tags of a repository that is not there",
    async run(registry) {
      const answer = must(await send(registry, "GET", `/v2/${freshRepository()}/tags/list`), 404);
      if (!errorCodes(answer).includes("NAME_UNKNOWN")) throw new Error(textOf(answer));
    },
  },
  {
    area: "errors",
    data: "an upload belongs to its repository",
    async run(registry) {
      const [mine, other] = [freshRepository(), freshRepository()];
      await tagged(registry, other, ["v1"]);
      const location = (await begin(registry, mine)).replace(mine, other);
      must(await send(registry, "GET", location), 404, 400);
    },
  },
  {
    area: "errors",
    data: "HEAD of what is not there has no body",
    async run(registry) {
      const repository = freshRepository();
      await tagged(registry, repository, ["v1"]);
      for (const path of [`blobs/${absent()}`, `manifests/${absent()}`, "manifests/absent"]) {
        const answer = must(await send(registry, "HEAD", `/v2/${repository}/${path}`), 404);
        if (answer.bytes.length > 0) throw new Error(`${path}: a body`);
      }
    },
  },
];

function uploadUnknown(): string[] {
  return ["BLOB_UPLOAD_UNKNOWN", "BLOB_UPLOAD_INVALID"];
}

export const protocolTable: readonly Check[] = [...ping, ...negotiation, ...names, ...errors];
