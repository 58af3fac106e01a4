/** Scripts for buildah, run by buildah and by Kasane through a link named buildah: the same tree, settings and history. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { imageFrom, openArchive } from "../../../src/image/mod.ts";
import { makeBusyboxRoot } from "../../busybox-root.ts";
import { kasane, missing, runOk } from "../../outside.ts";
import { builtArchive } from "../builders/compare-build.ts";
import { type Peer, podman, removePodmanStorage, type Scratch, scratch } from "../peers.ts";
import { withoutTraces } from "./without-traces.ts";
import { workingCases } from "./working-cases.ts";

const isMissing = missing("buildah", "busybox") || process.getuid?.() !== 0;
let directory: Scratch;
let buildah: Peer;
const at = (...parts: string[]) => join(directory.path, ...parts);

/** Programs that only leave a trace: there is no network. */
const fake = (name: string) => `#!/bin/sh\nmkdir -p /var/lib/${name}\necho "$@" >> /var/lib/${name}/calls\n`;

beforeAll(async () => {
  if (isMissing) return;
  directory = await scratch("buildah-working");
  buildah = await podman(at("storage"), "buildah");
  for (const name of ["theirs", "ours", "context/app", "context/src/sub", "rootfs"])
    mkdirSync(at(name), { recursive: true });
  await runOk([kasane, "shims", at("ours"), "buildah"]);
  const quoted = buildah.argv.map((word) => `'${word}'`).join(" ");
  writeFileSync(at("theirs/buildah"), `#!/bin/sh\nexec ${quoted} "$@"\n`, { mode: 0o755 });
  writeFileSync(at("context/app/server"), "server\n", { mode: 0o755 });
  writeFileSync(at("context/src/server.py"), "print('hello')\n");
  writeFileSync(at("context/src/requirements.txt"), "flask\n");
  writeFileSync(at("context/src/sub/inner"), "inner\n", { mode: 0o640 });
  chmodSync(at("context/src/sub"), 0o750);
  symlinkSync("server.py", at("context/src/link"));
  const tar = ["tar", "-cf", at("context/archive.tar"), "--owner=11", "--group=12", "-C", at("context/src")];
  await runOk([...tar, "server.py", "requirements.txt", "link", "sub"]);
  await runOk(["sh", "-c", `gzip -k ${at("context/archive.tar")}`]);
  mkdirSync(at("context/dot"), { mode: 0o710 });
  writeFileSync(at("context/dot/inside"), "inside\n");
  chmodSync(at("context/dot"), 0o710);
  await runOk([
    "tar",
    "-cf",
    at("context/dot.tar"),
    "--owner=11",
    "--group=12",
    "-C",
    at("context/dot"),
    ".",
  ]);
  rmSync(at("context/dot"), { recursive: true });
  await makeBase();
  await buildah("pull", `docker-archive:${at("base.tar")}`);
}, 120_000);

afterAll(async () => {
  if (isMissing) return;
  await removePodmanStorage(at("storage"));
  await runOk([kasane, "--root", at("store"), "buildah", "rm", "--all"]);
  await directory[Symbol.asyncDispose]();
});

async function makeBase(): Promise<void> {
  for (const path of ["etc", "tmp", "usr/share/doc/x"]) mkdirSync(at("rootfs", path), { recursive: true });
  chmodSync(at("rootfs/tmp"), 0o1777);
  makeBusyboxRoot(at("rootfs"), "sh id cat mkdir rm ln chmod chown echo pwd touch");
  for (const name of ["apk", "pip3"]) writeFileSync(at("rootfs/bin", name), fake(name), { mode: 0o755 });
  writeFileSync(
    at("rootfs/etc/passwd"),
    "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1001::/home/app:/bin/sh\n",
  );
  writeFileSync(at("rootfs/etc/group"), "root:x:0:\napp:x:1001:\n");
  writeFileSync(at("rootfs/etc/motd"), "hello\n");
  const script = `
c=$(buildah from scratch)
buildah copy $c ${at("rootfs")} /
buildah config --env PATH=/bin --cmd sh --label of=base $c
buildah commit --rm $c image
buildah push image docker-archive:${at("base.tar")}:image:latest`;
  await runScript("ours", script);
}

function runScript(whose: "ours" | "theirs", script: string): Promise<string> {
  return runOk(["sh", "-eu", "-c", script], {
    cwd: at("context"),
    env: {
      ...(whose === "theirs" ? buildah.env : { KASANE_ROOT: at("store") }),
      PATH: `${at(whose)}:${process.env.PATH}`,
    },
  });
}

/** What differs by program: digests of contents, the registry of a short name; and buildah tells of an ENV where there was none. */
function historyLines(history: readonly Record<string, unknown>[] | undefined): unknown[] {
  return (history ?? [])
    .filter(({ created_by }) => !String(created_by).endsWith(" ENV "))
    .map(({ created: _, created_by, comment, ...entry }) => ({
      created_by: String(created_by).replace(/((file|dir|multi):)[0-9a-f]{64}/, "$1<digest>"),
      comment: String(comment).replace("docker.io/library/", "localhost/"),
      ...entry,
    }));
}

async function outcome(archive: string): Promise<unknown> {
  const built = withoutTraces(await builtArchive(archive, directory.path));
  await using opened = await openArchive(archive, { tempDir: directory.path });
  const { config, layers } = await imageFrom(opened.images[0]!.source);
  const { architecture, variant, os } = config;
  return {
    ...built,
    history: historyLines(config.history as Record<string, unknown>[] | undefined),
    facts: { architecture, variant, os, layers: layers.length },
  };
}

describe.skipIf(isMissing)("a script for buildah gives with Kasane what it gives with buildah", () => {
  test.each([...workingCases])("$name", async ({ script }) => {
    const results: unknown[] = [];
    for (const whose of ["theirs", "ours"] as const) {
      const archive = at(`${whose}.tar`);
      rmSync(archive, { force: true });
      await runScript(whose, `${script}\nbuildah push out docker-archive:${archive}:out:latest`);
      results.push(await outcome(archive));
      await runScript(whose, "buildah rm --all");
    }
    expect(results[1]).toEqual(results[0]);
  }, 60_000);

  test("but for an archive's entry for its own root, which gives its mode and owner to the directory there", async () => {
    const script = `
c=$(buildah from image)
buildah add $c dot.tar /tmp
buildah add $c dot.tar /new
buildah commit --rm $c out`;
    const directories: string[][] = [];
    for (const whose of ["theirs", "ours"] as const) {
      const archive = at(`${whose}.tar`);
      rmSync(archive, { force: true });
      await runScript(whose, `${script}\nbuildah push out docker-archive:${archive}:out:latest`);
      const { tree } = (await outcome(archive)) as { tree: string[] };
      directories.push(tree.filter((line) => /^(tmp|new)( |\/)/.test(line)).sort());
    }
    const inside = (name: string) => expect.stringMatching(new RegExp(`^${name}/inside file 644 11:12 `));
    expect(directories).toEqual([
      ["new directory 710 11:12", inside("new"), "tmp directory 710 11:12", inside("tmp")],
      ["new directory 755 0:0", inside("new"), "tmp directory 1777 0:0", inside("tmp")],
    ]);
  }, 60_000);
});
