/** Every Dockerfile of the table built by Kasane and by a current BuildKit, by docker's classic builder and by buildah: the same files, settings and history. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { missing, runOk } from "../../outside.ts";
import { type Scratch, scratch } from "../peers.ts";
import { type BuildCase, type PeerName, unknown } from "./build-case.ts";
import { type KasaneBuilder, kasaneBuilder, writeCase } from "./build-with-kasane.ts";
import { buildCases } from "./cases/mod.ts";
import type { BuiltImage } from "./compare-build.ts";
import { type PeerBuilder, peerBuilders } from "./peer-builders.ts";

const isRoot = process.getuid?.() === 0;
const names = (Object.keys(peerBuilders) as PeerName[]).filter(
  (name) => isRoot && !missing(...peerBuilders[name].programs),
);
const isMissing = names.length === 0 || missing("busybox");

let directory: Scratch;
let kasane: KasaneBuilder;
const peers = new Map<PeerName, PeerBuilder>();

beforeAll(async () => {
  if (isMissing) return;
  directory = await scratch("builders");
  kasane = await kasaneBuilder(directory.path);
  const setting = { base: kasane.base, directory: directory.path };
  await Promise.all(names.map(async (name) => peers.set(name, await peerBuilders[name].start(setting))));
}, 60_000);

afterAll(async () => {
  if (isMissing) return;
  await Promise.all([...peers.values()].map((peer) => peer[Symbol.asyncDispose]()));
  await kasane[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
}, 60_000);

type Outcome = BuiltImage | { readonly refused: string };
type Outcomes = Readonly<Partial<Record<PeerName | "kasane", Outcome>>>;

const started = new Map<BuildCase, Promise<Outcomes>>();

/** What all builders make of a case. They wait for disks and for each other: the next case is begun meanwhile. */
function outcomes(index: number): Promise<Outcomes> {
  for (const test of buildCases.slice(index, index + 2)) {
    if (!started.has(test)) started.set(test, buildEverywhere(test));
  }
  return started.get(buildCases[index]!)!;
}

async function buildEverywhere(test: BuildCase): Promise<Outcomes> {
  const place = join(directory.path, `${buildCases.indexOf(test)}`);
  mkdirSync(place);
  const written = await writeCase(test, place);
  const builders: [PeerName | "kasane", () => Promise<BuiltImage>][] = [
    ["kasane", () => kasane.build(written)],
    ...[...peers]
      .filter(([name]) => test.except?.[name] !== unknown)
      .map(
        ([name, peer]) => [name, () => peer.build(written, place)] as [PeerName, () => Promise<BuiltImage>],
      ),
  ];
  const built = await Promise.all(
    builders.map(async ([name, build]) => [name, await build().catch(refused)] as const),
  );
  // Not rmSync: names need not be text.
  await runOk(["rm", "-rf", place]);
  return Object.fromEntries(built);
}

function refused(error: unknown): Outcome {
  return { refused: error instanceof Error ? error.message : String(error) };
}

describe.skipIf(isMissing)("the same image from", () => {
  for (const [name, { programs }] of Object.entries(peerBuilders)) {
    if (!names.includes(name as PeerName)) test.skip(`${name} (needs ${programs.join(", ")})`, () => {});
  }

  describe.each(buildCases.map((one, index) => [one.name, one, index] as const))("%s", (_, one, index) => {
    const asked = names.filter((name) => one.except?.[name] !== unknown);
    test.each(asked)("%s", async (name) => {
      const { kasane: ours, [name]: theirs } = await outcomes(index);
      const { comparable } = peers.get(name)!;
      if ("refused" in ours! && !one.isRefused) throw new Error(`Kasane does not build it: ${ours.refused}`);
      const [left, right] = [ours!, theirs!].map((image) => {
        if ("refused" in image) return { refused: true };
        const { tree, ...rest } = comparable(image);
        return { tree: one.touchesDirectories ? tree.map(withoutDirectoryTime) : tree, ...rest };
      });
      if (one.except?.[name]) expect(right).not.toEqual(left!);
      else if (!one.isRefused && "refused" in theirs!) expect(theirs.refused).toBe("built");
      else expect(left).toEqual(right!);
    }, 120_000);
  });
});

function withoutDirectoryTime(line: string): string {
  return line.includes(" directory ") ? line.replace(/ @\d+/, "") : line;
}
