import type { Check } from "../check.ts";
import { begin, finish, pushBlob, routes } from "../push.ts";
import {
  type Algorithm,
  type Answer,
  algorithms,
  digestOf,
  freshBytes,
  freshRepository,
  header,
  must,
  type Registry,
  sameBytes,
  send,
} from "../registry.ts";

/** A blob on its way into a repository of its own. */
interface Case {
  readonly registry: Registry;
  readonly repository: string;
  readonly path: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly digest: string;
  readonly algorithm: Algorithm;
}

type Run = (subject: Case) => Promise<void>;

const malformed: [what: string, digest: string][] = [
  ["too short", "sha256:abc"],
  ["of no hexadecimal digits", `sha256:${"z".repeat(64)}`],
  ["of an unknown algorithm", `md5:${"a".repeat(32)}`],
  ["without an algorithm", "a".repeat(64)],
];

/** Each route with what goes in, and with what it must refuse. */
const routeCases = Object.entries(routes).flatMap(([name, route]) => {
  const area = areaOf(name);
  const arrives =
    (size: number): Run =>
    async (given) => {
      const bytes = freshBytes(size);
      const upload = { ...given, bytes, digest: digestOf(bytes, given.algorithm) };
      const answer = must(await route(given.registry, upload), 201);
      hasDigest(answer, upload.digest);
      sameBytes(must(await send(given.registry, "GET", header(answer, "location")), 200), bytes);
      await isServed(upload);
    };
  const cases: [string, Run][] = [
    ["5000 bytes", arrives(5000)],
    ["one byte", arrives(1)],
    ["1 MiB", arrives(2 ** 20)],
    [
      "a wrong digest",
      async (given) => {
        must(await route(given.registry, { ...given, bytes: freshBytes(5000) }), 400);
        await isAbsent(given);
      },
    ],
    ...malformed.map(([what, digest]): [string, Run] => [
      `digest ${what}`,
      async (given) => {
        must(await route(given.registry, { ...given, digest }), 400);
      },
    ]),
  ];
  // Nothing can be cut into chunks of nothing.
  if (!name.startsWith("chunked")) cases.push(["no bytes", arrives(0)]);
  return cases.map(([what, run]) => ({ area, what: `${what}, ${name}`, run }));
});

const cases: { area: Check["area"]; what: string; run: Run }[] = [
  ...routeCases,
  {
    area: "blob streaming",
    what: "in several requests without ranges",
    async run(given) {
      const octets = { "content-type": "application/octet-stream" };
      let location = await begin(given.registry, given.repository);
      for (const body of [given.bytes.subarray(0, 100), given.bytes.subarray(100)]) {
        const answer = must(await send(given.registry, "PATCH", location, { headers: octets, body }), 202);
        location = header(answer, "location");
      }
      must(await finish(given.registry, location, { digest: given.digest }), 201);
      await isServed(given);
    },
  },
  {
    area: "blob post+put",
    what: "an upload for which the algorithm was announced",
    async run(given) {
      const location = await begin(given.registry, given.repository, { algorithm: given.algorithm });
      const last = { at: 0, bytes: given.bytes };
      hasDigest(
        must(await finish(given.registry, location, { digest: given.digest, last }), 201),
        given.digest,
      );
      await isServed(given);
    },
  },
  {
    area: "blob post+put",
    what: "a blob that is there already",
    async run(given) {
      await pushBlob(given.registry, given);
      must(await routes["post+put"]!(given.registry, given), 201);
      await isServed(given);
    },
  },
  {
    area: "blob mount",
    what: "from a repository that has it",
    async run(given) {
      const from = freshRepository();
      await pushBlob(given.registry, { ...given, repository: from });
      const answer = must(await mount(given, from), 201);
      sameBytes(must(await send(given.registry, "GET", header(answer, "location")), 200), given.bytes);
      await isServed(given);
    },
  },
  {
    area: "blob mount",
    what: "survives deletion where it came from",
    async run(given) {
      const from = freshRepository();
      await pushBlob(given.registry, { ...given, repository: from });
      must(await mount(given, from), 201);
      must(await send(given.registry, "DELETE", `/v2/${from}/blobs/${given.digest}`), 202);
      await isServed(given);
    },
  },
  {
    area: "blob mount",
    what: "from a repository that has it not: an upload is opened",
    async run(given) {
      const answer = must(await mount(given, freshRepository()), 202);
      const last = { at: 0, bytes: given.bytes };
      const location = header(answer, "location");
      must(await finish(given.registry, location, { digest: given.digest, last }), 201);
      await isServed(given);
    },
  },
  {
    area: "blob anonymous mount",
    what: "of what another repository has",
    async run(given) {
      await pushBlob(given.registry, { ...given, repository: freshRepository() });
      must(await mount(given), 201);
      await isServed(given);
    },
  },
  {
    area: "blob anonymous mount",
    what: "of what nobody has: an upload is opened",
    async run(given) {
      const answer = must(await mount(given), 202);
      const last = { at: 0, bytes: given.bytes };
      const location = header(answer, "location");
      must(await finish(given.registry, location, { digest: given.digest, last }), 201);
    },
  },
  { area: "blob get", what: "of what is not there", run: isAbsent },
  {
    area: "blob get",
    what: "of what only another repository has",
    async run(given) {
      await pushBlob(given.registry, { ...given, repository: freshRepository() });
      await pushBlob(given.registry, { ...given, ...other(given.algorithm) });
      await isAbsent(given);
    },
  },
  {
    area: "blob delete",
    what: "of what is not there",
    async run(given) {
      await pushBlob(given.registry, { ...given, ...other(given.algorithm) });
      must(await send(given.registry, "DELETE", `${given.path}/blobs/${given.digest}`), 404);
    },
  },
  {
    area: "blob delete atomic",
    what: "and pushed again",
    async run(given) {
      for (let round = 0; round < 2; round += 1) {
        await pushBlob(given.registry, given);
        await isServed(given);
        must(await send(given.registry, "DELETE", `${given.path}/blobs/${given.digest}`), 202);
        await isAbsent(given);
      }
    },
  },
  ...ranges(),
];

export const blobTable: readonly Check[] = algorithms.flatMap((algorithm) =>
  cases.map(({ area, what, run }) => ({
    area,
    data: `blobs ${algorithm}: ${what}`,
    run: (registry: Registry) => {
      const repository = freshRepository();
      const bytes = freshBytes(2048);
      const digest = digestOf(bytes, algorithm);
      return run({ registry, repository, path: `/v2/${repository}`, bytes, digest, algorithm });
    },
  })),
);

function areaOf(route: string): Check["area"] {
  return `blob ${route.replace(/ with.*/, "")}` as Check["area"];
}

/** RFC 9110, section 14, over 2048 bytes. */
function ranges(): typeof cases {
  const table: [range: string, expected: [first: number, last: number] | 416][] = [
    ["500-1499", [500, 1499]],
    ["0-0", [0, 0]],
    ["500-", [500, 2047]],
    ["-500", [1548, 2047]],
    ["2000-5000", [2000, 2047]],
    ["500-0", 416],
    ["2048-", 416],
    ["5000-10000", 416],
  ];
  return table.map(([range, expected]) => ({
    area: "blob get range",
    what: `bytes=${range}`,
    async run(given) {
      await pushBlob(given.registry, given);
      const headers = { range: `bytes=${range}` };
      const answer = await send(given.registry, "GET", `${given.path}/blobs/${given.digest}`, { headers });
      if (expected === 416) {
        must(answer, 416);
        return;
      }
      const [first, last] = expected;
      sameBytes(must(answer, 206), given.bytes.subarray(first, last + 1));
      if (!new RegExp(`^bytes ${first}-${last}/(2048|\\*)$`).test(header(answer, "content-range")))
        throw new Error(`Content-Range is ${header(answer, "content-range")}`);
    },
  }));
}

function mount({ registry, path, digest }: Case, from?: string): Promise<Answer> {
  const source = from === undefined ? "" : `&from=${encodeURIComponent(from)}`;
  return send(registry, "POST", `${path}/blobs/uploads/?mount=${encodeURIComponent(digest)}${source}`);
}

function other(algorithm: Algorithm): { bytes: Uint8Array<ArrayBuffer>; digest: string } {
  const bytes = freshBytes(64);
  return { bytes, digest: digestOf(bytes, algorithm) };
}

async function isServed({ registry, repository, digest, bytes }: Omit<Case, "path">): Promise<void> {
  const location = `/v2/${repository}/blobs/${digest}`;
  const head = must(await send(registry, "HEAD", location), 200);
  const get = must(await send(registry, "GET", location), 200);
  sameBytes(get, bytes);
  for (const answer of [head, get]) {
    hasDigest(answer, digest);
    if (header(answer, "content-length") !== String(bytes.length))
      throw new Error(`${answer.request} was answered with length ${header(answer, "content-length")}`);
  }
}

async function isAbsent({ registry, path, digest }: Case): Promise<void> {
  for (const method of ["HEAD", "GET"]) must(await send(registry, method, `${path}/blobs/${digest}`), 404);
}

function hasDigest(answer: Answer, digest: string): void {
  if (header(answer, "docker-content-digest") !== digest)
    throw new Error(`${answer.request} was answered with digest ${header(answer, "docker-content-digest")}`);
}
