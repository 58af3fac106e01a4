/** COPYs whose layers are made while the RUN above them runs: the image is the one that a builder makes which does one thing after the other. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLocalStore } from "../../src/store/mod.ts";
import { checkout, missing } from "../outside.ts";
import type { BuildAnswer, BuildRequest } from "./build-worker.ts";

const isMissing = missing("busybox", "unshare") || process.getuid?.() !== 0;
let directory: string;
const at = (...names: string[]) => join(directory, ...names);

async function built(...requests: BuildRequest[]): Promise<BuildAnswer[]> {
  const child = Bun.spawn([process.execPath, join(checkout, "test/e2e/build-worker.ts"), directory], {
    stdin: new Blob([JSON.stringify(requests)]),
    stdout: "pipe",
    stderr: "inherit",
  });
  return JSON.parse(await new Response(child.stdout).text()) as BuildAnswer[];
}

beforeAll(() => {
  if (isMissing) return;
  directory = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "kasane-ahead-"));
  mkdirSync(at("context", "src", "deep"), { recursive: true });
  copyFileSync(Bun.which("busybox")!, at("context", "busybox"));
  chmodSync(at("context", "busybox"), 0o755);
  for (let file = 0; file < 300; file++) writeFileSync(at("context", "src", "deep", `${file}`), `${file}\n`);
  writeFileSync(at("context", "settings"), "a=1\n");
}, 120_000);

afterAll(() => {
  if (directory) rmSync(directory, { recursive: true, force: true });
});

const base = 'FROM scratch\nCOPY busybox /bin/busybox\nRUN ["/bin/busybox", "--install", "-s", "/bin"]';
/** Long enough for what is done meanwhile to be done. */
const slowly = "&& sleep 1";

describe.skipIf(isMissing)("COPY after RUN", () => {
  test.each([
    ["which changes nothing it looks at", "mkdir /other", "COPY src /app/\nCMD /bin/sh\nCOPY settings /app/"],
    ["which makes the destination", "mkdir -m 700 /app /app/deep", "COPY src /app/\nCOPY settings /app/"],
    [
      "which makes the destination a link",
      "mkdir /else && ln -s else /app",
      "COPY src /app\nCOPY settings /app/",
    ],
    ["which makes the user", "echo me:x:7:8:::/ >/etc/passwd", "COPY --chown=me src /app/"],
    [
      "with variables and a directory between",
      "true",
      "ENV TO=/there\nCOPY src $TO/\nWORKDIR /w\nCOPY settings .",
    ],
    ["and RUN after it", "mkdir /app", "COPY src /app/\nRUN ls -l /app/deep >/seen\nCOPY settings /app/"],
  ])(
    "%s",
    async (name, command, copies) => {
      const dockerfile = `${base}\nRUN mkdir -p /etc && ${command} ${slowly}\n${copies}`;
      const store = (kind: string) => `${kind} ${name}`.replaceAll(" ", "-");
      const [ahead, inTurn, again] = await built(
        { store: store("ahead"), dockerfile, jobs: 4 },
        { store: store("turn"), dockerfile, jobs: 1 },
        { store: store("ahead"), dockerfile, jobs: 4 },
      );
      for (const answer of [ahead, inTurn, again]) expect(answer!.error).toBeUndefined();
      expect(ahead!.tree).toEqual(inTurn!.tree);
      expect(ahead!.digest).toBe(inTurn!.digest!);
      // Nothing of it was there before, and now all of it is.
      expect(ahead!.cached).toEqual([]);
      expect(again!.cached.length).toBe(
        dockerfile.split("\n").filter((line) => /^(RUN|COPY|WORKDIR)/.test(line)).length,
      );
      expect(ahead!.left).toEqual([]);
    },
    120_000,
  );

  test("a RUN that fails, or is cancelled, leaves nothing of what was done ahead", async () => {
    const failing = `${base}\nRUN sleep 1 && false\nCOPY src /app/`;
    const endless = `${base}\nRUN echo here && sleep 1000\nCOPY src /app/`;
    const [failed, cancelled] = await built(
      { store: "failed", dockerfile: failing, jobs: 4 },
      { store: "failed", dockerfile: endless, jobs: 4, cancelAt: "here" },
    );
    expect(failed!.error).toMatchObject({ code: "build-failed" });
    expect(cancelled!.error).toMatchObject({ code: "cancelled" });
    expect([...failed!.left, ...cancelled!.left]).toEqual([]);
    const store = await openLocalStore(at("failed"));
    try {
      // The first two steps stay in the cache; the layer that nobody came for is garbage.
      const kept = await store.meta.cache.list();
      expect(kept.some(({ value }) => value.includes("/app"))).toBe(false);
      await store.prune();
      const blobs = new Set(kept.flatMap((record) => record.blobs));
      const left = await Array.fromAsync(store.blobs.list());
      expect(left.filter(({ digest }) => !blobs.has(digest))).toEqual([]);
    } finally {
      await store.close();
    }
  }, 120_000);
});
