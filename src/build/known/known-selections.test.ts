import { expect, test } from "bun:test";
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PathMatcher } from "../../dockerfile/mod.ts";
import type { Digest } from "../../oci/mod.ts";
import { DirectorySource } from "../directory-source.ts";
import { selectSources } from "../select-sources.ts";
import { sourceDigest } from "../source-digest.ts";
import { KnownSelections } from "./known-selections.ts";

/** A context whose files are old enough to be believed. */
async function context() {
  const path = await mkdtemp(join(tmpdir(), "kasane-selections-"));
  mkdirSync(join(path, "src/deep"), { recursive: true });
  mkdirSync(join(path, "ignored"));
  for (const file of ["a", "src/b", "src/deep/c", "src/deep/note.md", "ignored/d"])
    writeFileSync(join(path, file), file);
  symlinkSync("b", join(path, "src/link"));
  let known = new KnownSelections(path, {});
  /** One build. `isKnown`: it did not have to look at any file by itself. */
  const build = async (source: string, patterns: string[] = []) => {
    await settled();
    let isKnown = true;
    const ignore = new PathMatcher(patterns);
    const tree = new DirectorySource(path, { name: "the context", ignore });
    const digest: Digest = await known.digest(tree, JSON.stringify([source, patterns]), (watched) => {
      isKnown = false;
      return sourceDigest(selectSources(watched, source));
    });
    known = new KnownSelections(path, JSON.parse(JSON.stringify(known)));
    return { digest, isKnown };
  };
  return {
    at: (name: string) => join(path, name),
    build,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true }),
  };
}

/** What was just changed is not believed. */
const settled = () => Bun.sleep(60);

test("KnownSelections knows a selection of a context that has not changed, whoever reads it", async () => {
  await using place = await context();
  const first = await place.build("/");
  expect(first.isKnown).toBe(false);
  readFileSync(place.at("a"));
  utimesSync(place.at("."), new Date(), new Date());
  expect(await place.build("/")).toEqual({ ...first, isKnown: true });
});

const changes: Record<string, (at: (name: string) => string) => void> = {
  content: (at) => writeFileSync(at("src/deep/c"), "other"),
  "content of the same size, its time set back": (at) => {
    writeFileSync(at("src/b"), "SRC/B");
    utimesSync(at("src/b"), 1, 1);
  },
  "another file in its place": (at) => {
    writeFileSync(at("new"), "src/b");
    renameSync(at("new"), at("src/b"));
  },
  "a file more": (at) => writeFileSync(at("src/deep/new"), ""),
  "a file less": (at) => rmSync(at("src/deep/c")),
  "another name": (at) => renameSync(at("src/deep/c"), at("src/deep/d")),
  "a mode": (at) => chmodSync(at("src/b"), 0o600),
  "a directory's mode": (at) => chmodSync(at("src/deep"), 0o700),
  "the context's own mode": (at) => chmodSync(at("."), 0o755),
  "a second name": (at) => linkSync(at("src/b"), at("src/again")),
  "a link that leads elsewhere": (at) => {
    rmSync(at("src/link"));
    symlinkSync("c", at("src/link"));
  },
  "a directory in a file's place": (at) => {
    rmSync(at("a"));
    mkdirSync(at("a"));
  },
};
for (const [what, change] of Object.entries(changes)) {
  test(`KnownSelections sees ${what}`, async () => {
    await using place = await context();
    await place.build("/");
    change(place.at);
    const second = await place.build("/");
    expect(second.isKnown).toBe(false);
    expect(await place.build("/")).toEqual({ ...second, isKnown: true });
  });
}

test("KnownSelections does not care for what a selection did not look at, or what is ignored", async () => {
  await using place = await context();
  const ignored = ["ignored", "*.log"];
  const all = await place.build("/", ignored);
  const one = await place.build("src/deep", ignored);
  writeFileSync(place.at("ignored/new"), "");
  expect(await place.build("/", ignored)).toEqual({ ...all, isKnown: true });
  writeFileSync(place.at("src/b"), "changed");
  // The file stands in a directory that was looked into on the way.
  expect(await place.build("src/deep", ignored)).toEqual({ ...one, isKnown: false });
  writeFileSync(place.at("debug.log"), "");
  expect((await place.build("/", ignored)).isKnown).toBe(false);
  writeFileSync(place.at("debug.log"), "more of it");
  expect((await place.build("/", ignored)).isKnown).toBe(true);
});

test("KnownSelections looks below an ignored directory where an exception may bring something back", async () => {
  await using place = await context();
  const patterns = ["src", "!src/deep/*.md", "ignored", "!**/*.txt"];
  const first = await place.build("/", patterns);
  writeFileSync(place.at("src/deep/c"), "hidden, so never mind");
  expect(await place.build("/", patterns)).toEqual({ ...first, isKnown: true });
  writeFileSync(place.at("src/deep/note.md"), "seen");
  const second = await place.build("/", patterns);
  expect(second.isKnown).toBe(false);
  expect(second.digest).not.toBe(first.digest);
  // Nothing of that directory was seen before.
  writeFileSync(place.at("ignored/new.txt"), "seen");
  const third = await place.build("/", patterns);
  expect(third.isKnown).toBe(false);
  expect(third.digest).not.toBe(second.digest);
});

test("KnownSelections does not believe what was changed just before it was looked at", async () => {
  await using place = await context();
  const known = new KnownSelections(place.at("."), {});
  writeFileSync(place.at("a"), "just now");
  await known.digest(new DirectorySource(place.at("."), { name: "the context" }), "key", (tree) =>
    sourceDigest(selectSources(tree, "/")),
  );
  expect(known.toJSON()).toEqual({});
});

test("KnownSelections takes a context with a socket, names that are no text, and more names than fit into one answer of the kernel", async () => {
  await using place = await context();
  const server = createServer().listen(place.at("socket"));
  await new Promise((resolve) => server.once("listening", resolve));
  writeFileSync(Buffer.concat([Buffer.from(place.at("src/")), Buffer.of(0xff, 0x41)]), "");
  for (let file = 0; file < 2000; file++) writeFileSync(place.at(`src/deep/${"x".repeat(40)}${file}`), "");
  const first = await place.build("/");
  expect(await place.build("/")).toEqual({ ...first, isKnown: true });
  writeFileSync(place.at(`src/deep/${"x".repeat(40)}1999`), "!");
  expect((await place.build("/")).isKnown).toBe(false);
  server.close();
});
