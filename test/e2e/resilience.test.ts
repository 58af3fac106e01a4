/** The whole program where things go wrong around it: kill -9, a damaged store, many at once. */

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLocalStore } from "../../src/store/mod.ts";
import { makeBusyboxRoot } from "../busybox-root.ts";
import { kasane, missing, run, runOk } from "../outside.ts";
import { serveStore } from "../serve-process.ts";
import { checkStore } from "./check-store.ts";
import { HostileImage } from "./hostile-image.ts";

const work = mkdtempSync(join(tmpdir(), "kasane-resilience-"));
const busybox = Bun.which("busybox");
const rootfs = join(work, "rootfs");
const seed = Number(process.env.KASANE_TEST_SEED ?? Math.floor(Math.random() * 1e9));
let stores = 0;
let store = "";

const call = (...args: string[]) => run([kasane, "--root", store, ...args], { cwd: work });
const ok = (...args: string[]) => runOk([kasane, "--root", store, ...args], { cwd: work });
/** Shell words for busybox, which stands alone in the image. */
const sh = (script: string) => [
  "/bin/busybox",
  "sh",
  "-c",
  script.replaceAll(/(^|[;&|] *)(dd|cat|sleep|ls|wc) /g, "$1/bin/busybox $2 "),
];

beforeAll(() => {
  console.info(`seed ${seed}`);
  mkdirSync(rootfs);
  if (busybox) makeBusyboxRoot(rootfs);
});
beforeEach(() => {
  store = join(work, `store${stores++}`);
});
// Unpacked files may belong to other users than the one who tests.
afterEach(() => run([kasane, "unshare", "rm", "-rf", store]));
afterAll(() => run([kasane, "unshare", "rm", "-rf", work]));

/** A generator of numbers in [0, 1) that a seed repeats. */
function randomFrom(start: number): () => number {
  let state = start >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

test.skipIf(missing("busybox"))(
  "killed at any moment, every command leaves a whole store and nothing that runs or is mounted",
  async () => {
    await ok("import", rootfs, "base");
    await ok("run", "--name", "keep", "base", ...sh("echo kept > /kept"));
    await ok("save", "-o", join(work, "base.tar"), "base");
    const context = mkdtempSync(join(work, "context-"));
    writeFileSync(
      join(context, "Dockerfile"),
      `FROM base\nCOPY f /f\nRUN ${JSON.stringify(sh("dd if=/dev/urandom of=/big bs=1M count=8; sleep 0.1"))}\nRUN ${JSON.stringify(sh("cat /big > /big2"))}\n`,
    );
    writeFileSync(join(context, "f"), crypto.getRandomValues(new Uint8Array(60_000)));
    // An image with a layer that nothing else here has: every pull that follows a removal transfers it.
    await using server = await serveStore(join(work, "registry"));
    const remote = `${server.address}/remote:1`;
    writeFileSync(join(work, "remote.bin"), randomBytes(24 * 1024 * 1024));
    const remoteContext = mkdtempSync(join(work, "context-"));
    writeFileSync(join(remoteContext, "Dockerfile"), "FROM scratch\nCOPY remote.bin /\n");
    copyFileSync(join(work, "remote.bin"), join(remoteContext, "remote.bin"));
    // Built in a store of its own: the build cache would keep the layer here.
    const builder = [kasane, "--root", join(work, "builder")];
    await runOk([...builder, "build", "-t", remote, remoteContext]);
    await runOk([...builder, "push", remote]);
    const forget = async () => {
      await call("rmi", "-f", remote);
      await ok("image", "prune", "-f");
    };
    const commands = [
      ["pull", remote],
      ["load", "-i", join(work, "base.tar")],
      ["build", "--no-cache", "-t", "built", context],
      ["commit", "keep", "committed"],
      ["rmi", "-f", "built"],
      ["run", "--rm", "base", ...sh("echo x > /x; sleep 0.2")],
      ["import", rootfs, "imported"],
      ["export", "-o", join(work, "out.tar"), "base"],
    ];
    const random = randomFrom(seed);
    for (let round = 0; round < 24; round++) {
      const command = commands[round % commands.length]!;
      if (command[0] === "pull") await forget();
      const child = Bun.spawn(["setsid", kasane, "--root", store, ...command], {
        stdio: ["ignore", "ignore", "ignore"],
      });
      await Bun.sleep(30 + random() * (command[0] === "build" ? 700 : 250));
      // The command alone, or everything it has started as well: a terminal that is closed, and the kernel that is out of memory.
      const isAll = random() < 0.5;
      try {
        process.kill(isAll ? -child.pid : child.pid, "SIGKILL");
      } catch {
        // It was faster.
      }
      await child.exited;
    }
    // Only their own children are left to notice it.
    await Bun.sleep(100);
    expect(await ok("run", "--rm", "base", ...sh("ls /"))).not.toContain("big");
    expect(readFileSync("/proc/self/mountinfo", "utf8")).not.toContain(store);
    expect((await run(["pgrep", "-f", store])).out).toBe("");
    await ok("pull", remote);
    await ok("export", "-o", join(work, "remote.tar"), remote);
    await runOk(["sh", "-c", "tar -xOf remote.tar remote.bin | cmp - remote.bin"], { cwd: work });
    await ok("rm", "keep");
    // Without the build cache, whose blobs belong to no image.
    await ok("system", "prune", "-f");
    await checkStore(store, new Map());
    await ok("system", "prune", "-a", "-f");
    for (const name of ["blobs/sha256", "uploads", "tmp", "containers", "unpacked", "indexes/sha256"]) {
      expect({ name, left: readdirSync(join(store, name)) }).toEqual({ name, left: [] });
    }
  },
  60_000,
);

test.skipIf(missing("busybox"))(
  "ten builds at once, while everything unused is pruned all the time, give what each would give alone",
  async () => {
    const prepare = async () => {
      await ok("import", rootfs, "base");
      // A container keeps its image from being pruned.
      await ok("run", "--name", "keep", "base", ...sh("true"));
    };
    await prepare();
    const contexts = [0, 1, 2].map((number) => {
      const context = mkdtempSync(join(work, "context-"));
      const common = JSON.stringify(sh("echo common > /common"));
      const own = JSON.stringify(sh("cat /f /common > /both"));
      writeFileSync(
        join(context, "Dockerfile"),
        `FROM base AS a\nRUN ${common}\nFROM base\nCOPY --from=a /common /\nCOPY f /\nRUN ${own}\n`,
      );
      writeFileSync(join(context, "f"), `file ${number}\n`);
      return context;
    });
    const build = (number: number) => call("build", "-q", "-t", `t${number}`, contexts[number]!);
    const alone = [];
    for (const number of [0, 1, 2]) alone.push((await build(number)).out);
    await ok("system", "prune", "-a", "-f");
    await prepare();
    let isOver = false;
    const pruning = (async () => {
      while (!isOver) {
        expect(await call("image", "prune", "-a", "-f")).toMatchObject({ code: 0, err: "" });
        await call("rmi", "-f", "t0");
      }
    })();
    try {
      const results = await Promise.all(Array.from({ length: 10 }, (_, index) => build(index % 3)));
      for (const [index, result] of results.entries()) {
        expect(result).toEqual({ code: 0, out: alone[index % 3]!, err: "" });
      }
    } finally {
      isOver = true;
      await pruning;
    }
    await ok("system", "prune", "-f");
    await checkStore(store, new Map());
  },
  60_000,
);

describe("a damaged blob", () => {
  test.skipIf(missing("busybox"))("becomes neither a container nor a part of another image", async () => {
    const image = new HostileImage();
    const layer = await image.layer([{ path: "f", content: "the truth ".repeat(1000) }]);
    await Bun.write(join(work, "app.tar"), await image.archive("app:latest", image.image([layer])));
    await ok("load", "-i", join(work, "app.tar"));
    const blob = join(store, "blobs/sha256", layer.digest.slice("sha256:".length));
    writeFileSync(blob, readFileSync(blob, "latin1").replace("truth", "fib!!"), "latin1");
    const dockerfile = join(work, "copy.Dockerfile");
    writeFileSync(dockerfile, "FROM scratch\nCOPY --from=app /f /\n");
    for (const args of [
      ["run", "--rm", "-v", `${busybox}:/busybox:ro`, "app", "/busybox", "cat", "/f"],
      ["build", "-f", dockerfile, rootfs],
      ["save", "-o", join(work, "damaged.tar"), "app"],
    ]) {
      const { code, out, err } = await call(...args);
      expect({ args, isRefused: code !== 0, out }).toEqual({ args, isRefused: true, out: "" });
      expect(err).toMatch(/damaged|is not what it should be/);
    }
    // The way out that the hint names.
    await ok("rmi", "app");
    await ok("load", "-i", join(work, "app.tar"));
    await (await openLocalStore(store)).close();
    await checkStore(store, new Map());
  });
});
