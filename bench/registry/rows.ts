import { join } from "node:path";
import { mediaTypes } from "../../src/oci/mod.ts";
import { atOnce, hammer, octets, type Target, transfer } from "./client.ts";
import type { Running } from "./contender.ts";
import { noise, type SmallImage, smallImage, writeNoise } from "./content.ts";

/** A server with an empty store, at the beginning of a round. */
export interface Turn extends Target {
  readonly running: Running;
  /** In memory, for the inputs. */
  readonly directory: string;
  readonly seconds: number;
  /** Differs from round to round, so that no blob is there already. */
  readonly seed: number;
}

/** One line of the table. Rows run in their order, on one server, which keeps what the rows before it stored. */
export interface Row {
  readonly key: string;
  readonly title: string;
  readonly unit: string;
  readonly better: "more" | "less";
  measure(turn: Turn): Promise<{ value: number; requests?: number }>;
}

const bigBytes = 300_000_000;
const crowd = 200;
/** Of pushes: the first one after a start finds no server warm. */
const bursts = 7;
const crowdBlobBytes = 8 * 1024 * 1024;

/** Stores an image with a layer of 16 KiB, for the reading rows. */
async function storeImage(turn: Turn): Promise<SmallImage> {
  const image = smallImage("bench/small", { seed: 1, layerBytes: 16 * 1024 });
  await atOnce(turn, 1, (client) => client.pushImage(image));
  return image;
}

/** A big file of this round beside the store, and what curl needs to upload it. */
async function bigFile(turn: Turn): Promise<{ path: string; digest: string }> {
  const path = join(turn.directory, "big");
  return { path, digest: writeNoise(path, { sizeBytes: bigBytes, seed: turn.seed }) };
}

async function upload(turn: Turn, file: { path: string; digest: string }): Promise<number> {
  let location = "";
  await atOnce(turn, 1, async (client) => {
    location = await client.beginUpload("bench/big", file.digest);
  });
  const args = [
    "--upload-file",
    file.path,
    "-H",
    "Content-Type: application/octet-stream",
    `http://${turn.host}${location}`,
  ];
  return transfer(turn, args, { sizeBytes: bigBytes, status: 201 });
}

async function download(turn: Turn, count: number): Promise<number> {
  const file = { path: join(turn.directory, "big"), digest: "" };
  file.digest = (await bigFile(turn)).digest;
  await upload(turn, file);
  const url = `http://${turn.host}/v2/bench/big/blobs/${file.digest}`;
  const speeds: number[] = [];
  for (let time = 0; time < 5; time++)
    speeds.push(await transfer(turn, [url], { sizeBytes: bigBytes, count, status: 200 }));
  return median(speeds);
}

export const rows: readonly Row[] = [
  {
    key: "manifest",
    title: "GET manifest by tag, 32 connections",
    unit: "/s",
    better: "more",
    async measure(turn) {
      await storeImage(turn);
      const accept = mediaTypes.ociManifest;
      const { rate, count } = await hammer(turn, "/v2/bench/small/manifests/v1", {
        seconds: turn.seconds,
        accept,
      });
      return { value: rate, requests: count };
    },
  },
  {
    key: "blob",
    title: "GET 16 KiB blob, 32 connections",
    unit: "/s",
    better: "more",
    async measure(turn) {
      const image = await storeImage(turn);
      const path = `/v2/bench/small/blobs/${image.blobs[1]!.digest}`;
      const { rate, count } = await hammer(turn, path, { seconds: turn.seconds });
      return { value: rate, requests: count };
    },
  },
  {
    key: "upload",
    title: "upload 300 MB",
    unit: "GB/s",
    better: "more",
    async measure(turn) {
      return { value: await upload(turn, await bigFile(turn)) };
    },
  },
  {
    key: "download",
    title: "GET 300 MB blob",
    unit: "GB/s",
    better: "more",
    measure: async (turn) => ({ value: await download(turn, 1) }),
  },
  {
    key: "downloads",
    title: "GET 300 MB blob, four at once",
    unit: "GB/s",
    better: "more",
    measure: async (turn) => ({ value: await download(turn, 4) }),
  },
  {
    key: "push",
    title: `push ${crowd} small images at once`,
    unit: "images/s",
    better: "more",
    async measure(turn) {
      const rates: number[] = [];
      for (let burst = 0; burst < bursts; burst++) {
        const seed = turn.seed * 100 + burst;
        const images = Array.from({ length: crowd }, (_, index) =>
          smallImage(`bench/push-${seed}/image-${index}`, { seed: seed * 1000 + index, layerBytes: 4096 }),
        );
        rates.push(crowd / (await atOnce(turn, crowd, (client, index) => client.pushImage(images[index]!))));
      }
      return { value: median(rates), requests: crowd * bursts };
    },
  },
  {
    key: "memory",
    title: "memory at worst, after the rows above",
    unit: "MB",
    better: "less",
    measure: async ({ running }) => ({ value: running.worstMemoryMB() }),
  },
  {
    key: "crowd",
    title: `memory at worst with ${crowd} uploads of 8 MiB at once`,
    unit: "MB",
    better: "less",
    async measure(turn) {
      const content = noise(crowdBlobBytes, turn.seed);
      const uploads = Array.from({ length: crowd }, (_, index) => ({ index, digest: "" }));
      const body = (index: number) => ({
        sizeBytes: crowdBlobBytes,
        part(offset: number) {
          // The first block tells the blobs apart; the rest is shared, so that the generator stays small.
          if (offset === 0) return content.slice(0, 65_536).fill(index, 0, 64);
          return content.subarray(offset, offset + 65_536);
        },
      });
      for (const each of uploads) {
        const hasher = new Bun.CryptoHasher("sha256");
        const { part } = body(each.index);
        hasher.update(part(0)).update(content.subarray(65_536));
        each.digest = `sha256:${hasher.digest("hex")}`;
      }
      await atOnce(turn, crowd, async (client, index) => {
        const path = await client.beginUpload("bench/crowd", uploads[index]!.digest);
        await client.send(201, { method: "PUT", path, headers: octets, body: body(index) });
      });
      return { value: turn.running.worstMemoryMB() };
    },
  },
];

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
