import type { Check } from "../check.ts";
import { begin, chunksOf, finish, sendChunk } from "../push.ts";
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
  withParameter,
} from "../registry.ts";

interface Opened {
  readonly registry: Registry;
  readonly repository: string;
  readonly location: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly digest: string;
}

/** end-13 says how far an upload has come, and where it goes on. */
async function progress(registry: Registry, location: string): Promise<{ location: string; last: number }> {
  const answer = must(await send(registry, "GET", location), 204);
  const range = /^0-(\d+)$/.exec(header(answer, "range"));
  if (range === null) throw new Error(`Range of an upload is ${header(answer, "range")}`);
  return { location: header(answer, "location"), last: Number(range[1]) };
}

const cases: Record<string, { area: Check["area"]; run: (opened: Opened) => Promise<void> }> = {
  "state of an upload that has nothing": {
    area: "blob chunked",
    async run({ registry, location }) {
      const { last } = await progress(registry, location);
      if (last !== 0) throw new Error(`an empty upload says that it ends at ${last}`);
    },
  },
  "the state after each chunk, and going on from there": {
    area: "blob chunked",
    async run({ registry, location, bytes, digest, repository }) {
      let next = location;
      for (const chunk of chunksOf(bytes)) {
        must(await sendChunk(registry, next, chunk), 202);
        const state = await progress(registry, next);
        const last = chunk.at + chunk.bytes.length - 1;
        if (state.last !== last) throw new Error(`after byte ${last} the upload says ${state.last}`);
        next = state.location;
      }
      must(await finish(registry, next, { digest }), 201);
      sameBytes(must(await send(registry, "GET", `/v2/${repository}/blobs/${digest}`), 200), bytes);
    },
  },
  "a PATCH out of order is refused, and the upload goes on": {
    area: "blob chunked",
    async run({ registry, location, bytes, digest }) {
      const [first, second, third] = chunksOf(bytes) as [Chunk, Chunk, Chunk];
      must(await sendChunk(registry, location, second), 416);
      let state = await progress(registry, location);
      must(await sendChunk(registry, state.location, first), 202);
      state = await progress(registry, location);
      must(await sendChunk(registry, state.location, third), 416);
      // The same bytes again are out of order as well.
      must(await sendChunk(registry, state.location, first), 416);
      state = await progress(registry, location);
      if (state.last !== first.bytes.length - 1) throw new Error(`the upload ends at ${state.last}`);
      for (const chunk of [second, third])
        state.location = header(must(await sendChunk(registry, state.location, chunk), 202), "location");
      must(await finish(registry, state.location, { digest }), 201);
    },
  },
  "a closing PUT out of order is refused, and the upload goes on": {
    area: "blob chunked",
    async run({ registry, location, bytes, digest }) {
      const [first, second] = chunksOf(bytes, 2) as [Chunk, Chunk];
      must(await finish(registry, location, { digest, last: second }), 416);
      // As clients ask that hold on to the URL that failed.
      const asked = await progress(registry, withParameter(location, "digest", digest));
      const state = header(must(await sendChunk(registry, asked.location, first), 202), "location");
      const late = { ...second, at: second.at + 1 };
      must(await finish(registry, state, { digest, last: late }), 416);
      const { location: next } = await progress(registry, state);
      must(await finish(registry, next, { digest, last: second }), 201);
    },
  },
  "a location whose query was lost": {
    area: "blob chunked",
    async run({ registry, location, bytes, digest }) {
      const path = (text: string) => new URL(text, registry.url).pathname;
      const answer = must(await sendChunk(registry, path(location), { at: 0, bytes }), 202);
      must(await finish(registry, path(header(answer, "location")), { digest }), 201);
    },
  },
  "a location that names the upload by its own id": {
    area: "blob post+put",
    async run({ registry, repository, location }) {
      if ((await begin(registry, repository)) === location) throw new Error("two uploads have one location");
    },
  },
  "an upload is no blob before it is closed": {
    area: "blob chunked",
    async run({ registry, repository, location, bytes, digest }) {
      must(await sendChunk(registry, location, { at: 0, bytes }), 202);
      must(await send(registry, "HEAD", `/v2/${repository}/blobs/${digest}`), 404);
    },
  },
  "cancelled before anything came": {
    area: "blob upload cancel",
    async run({ registry, location, bytes, digest }) {
      must(await send(registry, "DELETE", location), 204);
      await isGone(registry, location, { bytes, digest });
    },
  },
  "cancelled in the middle": {
    area: "blob upload cancel",
    async run({ registry, location, bytes, digest }) {
      const [first] = chunksOf(bytes) as [Chunk];
      const next = header(must(await sendChunk(registry, location, first), 202), "location");
      must(await send(registry, "DELETE", next), 204);
      await isGone(registry, next, { bytes, digest });
    },
  },
  "of an upload that was closed": {
    area: "blob upload cancel",
    async run({ registry, repository, location, bytes, digest }) {
      must(await finish(registry, location, { digest, last: { at: 0, bytes } }), 201);
      must(await send(registry, "DELETE", location), 404, 400);
      must(await send(registry, "HEAD", `/v2/${repository}/blobs/${digest}`), 200);
    },
  },
};

type Chunk = { at: number; bytes: Uint8Array<ArrayBuffer> };

async function isGone(
  registry: Registry,
  location: string,
  { bytes, digest }: { bytes: Uint8Array<ArrayBuffer>; digest: string },
): Promise<void> {
  const answers: Answer[] = [
    await send(registry, "GET", location),
    await sendChunk(registry, location, { at: 0, bytes }),
    await finish(registry, location, { digest }),
    await send(registry, "DELETE", location),
  ];
  for (const answer of answers) must(answer, 404);
}

export const uploadTable: readonly Check[] = algorithms.flatMap((algorithm: Algorithm) =>
  Object.entries(cases).map(([what, { area, run }]) => ({
    area,
    data: `blobs ${algorithm}: ${what}`,
    run: async (registry: Registry) => {
      const repository = freshRepository();
      const bytes = freshBytes(3000);
      const location = await begin(registry, repository);
      await run({ registry, repository, location, bytes, digest: digestOf(bytes, algorithm) });
    },
  })),
);
