/** Repositories as ADD takes them, compared with a current BuildKit. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type GitServer, gitServer, hasGit } from "../../../src/build/testing/git-server.ts";
import { missing } from "../../outside.ts";
import { type Scratch, scratch } from "../peers.ts";
import { type KasaneBuilder, kasaneBuilder, writeCase } from "./build-with-kasane.ts";
import { type PeerBuilder, peerBuilders } from "./peer-builders.ts";

setDefaultTimeout(120_000);

const isMissing =
  missing(...peerBuilders.buildkit.programs, "busybox") || !hasGit() || process.getuid?.() !== 0;

describe.skipIf(isMissing)("ADD of a repository is BuildKit's", () => {
  let directory: Scratch;
  let kasane: KasaneBuilder;
  let buildkit: PeerBuilder;
  let server: GitServer;
  let address: string;
  let git: (...args: string[]) => string;
  beforeAll(async () => {
    directory = await scratch("builders-git");
    kasane = await kasaneBuilder(directory.path);
    buildkit = await peerBuilders.buildkit.start({ base: kasane.base, directory: directory.path });
    server = gitServer();
    const files = { "a.txt": "a", "bin/run.sh": "#!/bin/sh\n", "docs/x/y": "y" };
    const repository = server.repository("app.git", files);
    git = repository.git;
    address = repository.address;
    repository.git("tag", "-a", "v1", "-m", "one");
    repository.commit({ "a.txt": "later" });
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await buildkit[Symbol.asyncDispose]();
    await kasane[Symbol.asyncDispose]();
    await directory[Symbol.asyncDispose]();
  });

  test.each([
    ["--keep-git-dir=false", "#v1:bin"],
    ["--chown=app:web", "#main"],
    ["--link", "?tag=v1"],
    ["--exclude=docs --exclude=**/*.sh", "#v1"],
    ["--checksum=COMMIT", "#v1"],
    ["--checksum=SHORT", "?branch=main&subdir=docs"],
  ])("%s %s", async (flags, suffix) => {
    const tag = suffix.includes("v1") ? "v1^{commit}" : "main";
    const commit = git("rev-parse", tag).trim();
    const given = flags.replace("COMMIT", commit).replace("SHORT", commit.slice(0, 12));
    await same(`ADD ${given} ${address}${suffix} /s`);
  });

  test.each([
    "",
    "#main",
    "#v1",
    "#v1:docs",
    "?tag=v1&subdir=docs/x",
    "?branch=main",
  ])("%s", async (suffix) => {
    await same(`ADD ${address}${suffix} /s\nADD --chown=5:6 --chmod=u=rw,go= ${address}#v1:docs /data/old`);
  });

  async function same(dockerfile: string): Promise<void> {
    const place = join(directory.path, Bun.randomUUIDv7());
    mkdirSync(place);
    const written = await writeCase({ name: "git", dockerfile }, place);
    const [ours, theirs] = [await kasane.build(written), await buildkit.build(written, place)].map(
      (image) => {
        const { tree, config, history } = buildkit.comparable(image);
        // BuildKit keeps the time of the fetch.
        return { tree: tree.map((line) => line.replace(/ @\d+/, "")), config, history };
      },
    );
    expect(ours).toEqual(theirs!);
  }
});
