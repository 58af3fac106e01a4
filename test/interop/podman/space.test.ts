import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { kasane, missing, run, runOk } from "../../outside.ts";
import { podman, removePodmanStorage, scratch } from "../peers.ts";

const skip = test.skipIf(missing("podman"));

skip("images --tree, which guides show and podman refuses, is answered with podman's IDs", async () => {
  await using directory = await scratch("podman-space");
  const at = (name: string) => join(directory.path, name);
  const theirs = await podman(at("podman"));
  try {
    mkdirSync(at("root"));
    writeFileSync(at("root/data"), "x".repeat(1000));
    await runOk([kasane, "--root", at("store"), "import", at("root"), "base:1"]);
    await runOk([kasane, "--root", at("store"), "save", "-o", at("base.tar"), "base:1"]);
    await theirs("load", "-q", "-i", at("base.tar"));

    const refused = await run([...theirs.argv, "images", "--tree"], { env: theirs.env });
    expect([refused.code, refused.err]).toEqual([125, expect.stringContaining("unknown flag: --tree")]);
    const answered = await runOk([kasane, "--root", at("store"), "images", "--tree"]);
    const id = (await theirs("images", "-q", "base:1")).trim();
    // Both know the image by the same ID.
    expect(answered).toMatch(new RegExp(`^base:1 +${id} `, "m"));
  } finally {
    await removePodmanStorage(at("podman"));
  }
});
