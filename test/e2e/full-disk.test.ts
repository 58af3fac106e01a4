/** The whole program on a disk without room: one clear error, nothing half made, nothing lost, and work goes on when there is room again. */

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeBusyboxRoot } from "../busybox-root.ts";
import { kasane, missing, run, runOk } from "../outside.ts";
import { serveStore } from "../serve-process.ts";
import { HostileImage } from "./hostile-image.ts";

const work = mkdtempSync(join(tmpdir(), "kasane-full-disk-"));
const isRoot = process.getuid?.() === 0;
const rootfs = join(work, "rootfs");
const disk = join(work, "disk");
const store = join(disk, "store");

const call = (...args: string[]) => run([kasane, "--root", store, ...args], { cwd: work });
const ok = (...args: string[]) => runOk([kasane, "--root", store, ...args], { cwd: work });
/** Shell words for busybox, which stands alone in the image. */
const sh = (script: string) => [
  "/bin/busybox",
  "sh",
  "-c",
  script.replaceAll(/(^|[;&|] *)(dd) /g, "$1/bin/busybox $2 "),
];

describe.skipIf(!isRoot || missing("busybox", "mount"))("a full disk (root)", () => {
  beforeAll(async () => {
    makeBusyboxRoot(rootfs);
    mkdirSync(disk);
    await runOk(["mount", "-t", "tmpfs", "-o", "size=28m", "tmpfs", disk]);
  });
  afterAll(async () => {
    await runOk(["umount", disk]);
    rmSync(work, { recursive: true });
  });
  beforeEach(() => rmSync(store, { recursive: true, force: true }));
  /** Takes what is left, to the last block. */
  const fill = () => run(["sh", "-c", 'cat /dev/zero > "$0"', join(disk, "filler")]);

  test("is one clear error for whatever does not fit, nothing half made, and all works when there is room", async () => {
    await ok("import", rootfs, "base");
    const large = join(work, "large");
    mkdirSync(large);
    writeFileSync(join(large, "f"), randomBytes(40_000_000));
    writeFileSync(join(large, "Dockerfile"), "FROM base\nCOPY f /\n");
    const image = new HostileImage();
    const root = image.image([
      image.add(new Uint8Array(readFileSync(join(large, "f"))), "application/vnd.oci.image.layer.v1.tar"),
    ]);
    await Bun.write(join(work, "large.tar"), await image.archive("large:latest", root));
    for (const args of [
      ["load", "-i", join(work, "large.tar")],
      ["import", large, "large"],
      ["build", "-t", "large", large],
    ]) {
      const { code, err } = await call(...args);
      expect({ args, code, err }).toEqual({
        args,
        code: 1,
        err: expect.stringMatching(/no space left|has room for/),
      });
      expect(readdirSync(join(store, "tmp"))).toEqual([]);
    }
    expect((await ok("images")).split("\n")).toHaveLength(3);
    expect(await ok("run", "--rm", "base", ...sh("echo works"))).toBe("works\n");
    rmSync(large, { recursive: true });
  }, 30_000);

  test("that a container fills is free again when it is gone", async () => {
    await ok("import", rootfs, "base");
    // The code is the program's own.
    const { code } = await call("run", "--rm", "base", ...sh("dd if=/dev/zero of=/x bs=1M count=30; exit 7"));
    expect(code).toBe(7);
    expect(readdirSync(join(store, "containers"))).toEqual([]);
    expect(await ok("run", "--rm", "base", ...sh("echo works"))).toBe("works\n");
  }, 30_000);

  test("without a free block still lets images be listed and removed", async () => {
    await ok("import", rootfs, "base");
    await fill();
    try {
      // Who only looks leaves the reserve, and whatever takes the room after that, to who removes something.
      for (let time = 0; time < 2; time++) {
        expect(await ok("images", "-q")).not.toBe("");
        expect(await ok("inspect", "--format", "{{.Os}}", "base")).toBe("linux\n");
        await fill();
      }
      expect(existsSync(join(store, "reserve"))).toBe(true);
      await ok("rmi", "base");
      expect(existsSync(join(store, "reserve"))).toBe(true);
    } finally {
      rmSync(join(disk, "filler"));
    }
  }, 30_000);

  test("without a free block is made room on by a server that collects its garbage", async () => {
    const config = join(work, "collecting.yml");
    writeFileSync(config, "version: 0.1\nkasane: {gc: {grace: 1s, undo: 0, interval: 1s}}\n");
    const server = await serveStore(store, { args: [config] });
    try {
      const body = randomBytes(5_000_000);
      const digest = `sha256:${new Bun.CryptoHasher("sha256").update(body).digest("hex")}`;
      const blob = `${server.url}/v2/team/app/blobs`;
      expect((await fetch(`${blob}/uploads/?digest=${digest}`, { method: "POST", body })).status).toBe(201);
      await fill();
      for (const deadline = Date.now() + 20_000; ; await Bun.sleep(50)) {
        if ((await fetch(`${blob}/${digest}`, { method: "HEAD" })).status === 404) break;
        expect(Date.now()).toBeLessThan(deadline);
      }
      expect((await fetch(`${blob}/uploads/?digest=${digest}`, { method: "POST", body: "x" })).status).toBe(
        400,
      );
    } finally {
      await server[Symbol.asyncDispose]();
      rmSync(join(disk, "filler"));
    }
    expect(await ok("gc")).toContain("Removed 0 blobs");
    expect(existsSync(join(store, "reserve"))).toBe(true);
  }, 30_000);

  describe("met by cp and commit", () => {
    const outside = join(work, "outside");
    beforeAll(() => {
      mkdirSync(outside);
      writeFileSync(join(outside, "small"), randomBytes(6_000_000));
      writeFileSync(join(outside, "large"), randomBytes(40_000_000));
    });
    beforeEach(async () => {
      await ok("import", rootfs, "base");
      await ok("create", "--name", "box", "base", ...sh("true"));
    });
    const freeBlocks = () => statfsSync(disk).bavail;

    test("into a container: what is there stays, nothing of the file that does not fit is left, and smaller ones still fit", async () => {
      await ok("cp", join(outside, "small"), "box:/file");
      const free = freeBlocks();
      const archive = new Blob([await runTar(outside, "large")]);
      for (const copy of [
        () => call("cp", join(outside, "large"), "box:/file"),
        () => run([kasane, "--root", store, "cp", "-", "box:/"], { stdin: archive }),
      ]) {
        expect(await copy()).toEqual({
          code: 1,
          out: "",
          err: expect.stringMatching(
            /^kasane: cannot unpack "(file|large)": no space left on the device\nhint: free some space: 'kasane system prune'/,
          ),
        });
        expect(freeBlocks()).toBeGreaterThanOrEqual(free - 64);
        expect(await ok("diff", "box")).toBe("A /file\n");
      }
      await ok("cp", "box:/file", join(outside, "back"));
      expect(readFileSync(join(outside, "back"))).toEqual(readFileSync(join(outside, "small")));
      await ok("cp", join(outside, "small"), "box:/second");
      expect(await ok("fsck")).toContain("no problems\n");
    }, 30_000);

    test("out of a container or an image: the file that was there stays as it was, and the hint names the place", async () => {
      const here = join(work, "here");
      mkdirSync(here);
      await runOk(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", here]);
      writeFileSync(join(here, "file"), "as it was\n");
      await ok("cp", join(outside, "small"), "box:/file");
      try {
        for (const source of ["box:/file", "base:/bin/busybox"]) {
          const { code, err } = await call("cp", source, join(here, "file"));
          expect({ code, err }).toEqual({
            code: 1,
            err: `kasane: cannot unpack "file": no space left on the device\nhint: free some space where ${join(here, "file")} is, or copy to another place\n`,
          });
          expect(readFileSync(join(here, "file"), "latin1")).toBe("as it was\n");
          expect(readdirSync(here)).toEqual(["file"]);
        }
        const tar = await run([
          "sh",
          "-c",
          'exec "$@" > "$0"',
          join(here, "tar"),
          kasane,
          "--root",
          store,
          "cp",
          "box:/file",
          "-",
        ]);
        expect({ code: tar.code, err: tar.err }).toEqual({
          code: 1,
          err: expect.stringContaining("cannot write to standard output: no space left on the device"),
        });
      } finally {
        await runOk(["umount", here]);
      }
      await ok("cp", "box:/file", join(here, "file"));
      expect(readFileSync(join(here, "file"))).toEqual(readFileSync(join(outside, "small")));
    }, 30_000);

    test("a commit makes no image, keeps the container, and works when there is room", async () => {
      await ok("cp", join(outside, "small"), "box:/file");
      await fill();
      try {
        const { code, out, err } = await call("commit", "box", "made");
        expect({ code, out, err }).toEqual({
          code: 1,
          out: "",
          err: expect.stringMatching(/no space left on the device\nhint: free some space/),
        });
        expect(readdirSync(join(store, "tmp"))).toEqual([]);
        expect(await ok("images", "-aq")).toBe(`${(await ok("images", "-q", "base")).trim()}\n`);
      } finally {
        rmSync(join(disk, "filler"));
      }
      expect(await ok("diff", "box")).toBe("A /file\n");
      await ok("commit", "box", "made");
      await ok("cp", "made:/file", join(outside, "committed"));
      expect(readFileSync(join(outside, "committed"))).toEqual(readFileSync(join(outside, "small")));
      expect(await ok("fsck")).toContain("no problems\n");
    }, 30_000);
  });
});

async function runTar(directory: string, name: string): Promise<Uint8Array> {
  return new Uint8Array(
    await new Response(Bun.spawn(["tar", "-C", directory, "-c", name]).stdout).arrayBuffer(),
  );
}
