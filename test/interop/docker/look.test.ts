/** `cp IMAGE:/PATH` beside docker's cp out of a container of the same image: the same copies and the same refusals. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { layerTar } from "../../../src/layer/testing/layer-tar.ts";
import { kasane, missing, run } from "../../outside.ts";
import { treeDifference, treeOf } from "../../trees.ts";
import { save } from "../archive-file.ts";
import { imageOfTars } from "../image-of-tars.ts";
import { type DockerDaemon, type Scratch, scratch, startDockerd } from "../peers.ts";

const isMissing = missing("docker", "dockerd") || process.getuid?.() !== 0;

const layer = [
  { path: "srv/", mode: 0o750, time: 11 },
  { path: "srv/a", content: "a", mode: 0o4711, uid: 7, time: 12 },
  // As tar(1) writes it, with the attributes of the file.
  { path: "srv/hard", type: "hardlink" as const, to: "srv/a", mode: 0o4711, uid: 7, time: 12 },
  { path: "srv/sub/", time: 13 },
  { path: "srv/sub/b", content: "b", time: 14 },
  { path: "srv/link", to: "sub", time: 15 },
  { path: "srv/far", to: "/etc/passwd", time: 15 },
  { path: "srv/nowhere", to: "gone", time: 15 },
  { path: "current", to: "srv", time: 16 },
];

/** Source, destination; what is there before: `here/` and `file`, and `way` to `here`. */
const copies: readonly (readonly [string, string, ...string[]])[] = [
  ["/srv/a", "new"],
  ["/srv/a", "here"],
  ["/srv/a", "here/"],
  ["/srv/a", "here/named"],
  ["/srv/a", "file"],
  ["/srv/a", "way"],
  ["/srv/a", "missing/"],
  ["/srv/a", "missing/new"],
  ["/srv/a/", "new"],
  ["/srv", "new"],
  ["/srv/", "new"],
  ["/srv/.", "new"],
  ["/srv", "here"],
  ["/srv/", "here"],
  ["/srv/.", "here"],
  ["/srv", "file"],
  ["/srv", "missing/new"],
  ["/srv/sub", "new/"],
  ["/srv/link", "new"],
  ["/srv/link", "new", "-L"],
  ["/srv/link/", "new"],
  ["/srv/link/b", "new"],
  ["/current", "here", "-L"],
  ["/current/a", "new"],
  ["/srv/nowhere", "new"],
  ["/nothing", "new"],
];

describe.skipIf(isMissing)("cp out of an image", () => {
  let daemon: DockerDaemon;
  let directory: Scratch;
  const at = (name: string) => join(directory.path, name);

  beforeAll(async () => {
    directory = await scratch("docker-look");
    daemon = await startDockerd();
    const image = await imageOfTars([await layerTar(layer)], "gzip");
    await save(at("image.tar"), "docker", { image, names: ["docker.io/library/sample:v1"] });
    await daemon.docker("load", "-q", "-i", at("image.tar"));
    await daemon.docker("create", "--name", "box", "sample:v1");
  }, 60_000);
  afterAll(async () => {
    await daemon?.[Symbol.asyncDispose]();
    await directory?.[Symbol.asyncDispose]();
  });

  async function copied(argv: readonly string[]): Promise<{ failed: boolean; tree: string[] }> {
    const work = at("work");
    rmSync(work, { recursive: true, force: true });
    mkdirSync(join(work, "here"), { recursive: true });
    writeFileSync(join(work, "file"), "mine");
    utimesSync(join(work, "file"), 20, 20);
    symlinkSync("here", join(work, "way"));
    const { code } = await run(argv, { cwd: work, env: daemon.docker.env });
    const tree = treeOf(work, { times: "seconds" });
    // The time of a directory that gets something is the time of the copy.
    return {
      failed: code !== 0,
      tree: tree.map((line) => line.replace(/^("\/(?:here|way)?" .*) @\d+/, "$1")),
    };
  }

  test.each(copies)(
    "%s %s %p does what docker does",
    async (source, destination, ...flags) => {
      const theirs = await copied([...daemon.docker.argv, "cp", ...flags, `box:${source}`, destination]);
      const ours = await copied([
        kasane,
        "--root",
        at("store"),
        "cp",
        ...flags,
        `docker-archive:${at("image.tar")}:${source}`,
        destination,
      ]);
      expect(ours.failed).toBe(theirs.failed);
      expect(treeDifference(ours.tree, theirs.tree)).toEqual([]);
    },
    30_000,
  );

  test("-a keeps owners, which docker's does for copies into a container only", async () => {
    const theirs = await copied([...daemon.docker.argv, "cp", "-a", "box:/srv", "new"]);
    const ours = await copied([
      kasane,
      "--root",
      at("store"),
      "cp",
      "-a",
      `docker-archive:${at("image.tar")}:/srv`,
      "new",
    ]);
    expect(ours.tree).not.toEqual(theirs.tree);
    const withoutOwners = (lines: string[]) => lines.map((line) => line.replace(/ 7:0 /, " 0:0 "));
    expect(treeDifference(withoutOwners(ours.tree), theirs.tree)).toEqual([]);
  }, 30_000);
});
