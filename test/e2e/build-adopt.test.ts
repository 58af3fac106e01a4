/** What a RUN wrote is the lower layer of the next one: the same as if it had been unpacked, and whole whatever happens meanwhile. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLocalStore } from "../../src/store/mod.ts";
import { checkout, missing } from "../outside.ts";
import type { BuildAnswer, BuildRequest } from "./build-worker.ts";

const isMissing = missing("busybox", "unshare") || process.getuid?.() !== 0;
let directory: string;
const at = (...names: string[]) => join(directory, ...names);

const base = 'FROM scratch\nCOPY busybox /bin/busybox\nRUN ["/bin/busybox", "--install", "-s", "/bin"]';
/** Everything a step can do to the layers below: files, links, removals, directories made again, owners, times. */
const first = [
  "FROM base",
  "ARG ROUND",
  "RUN mkdir -p /d/sub /gone/sub && for i in $(seq 300); do echo $ROUND $i >/d/$i; done && ln /d/1 /d/hard && ln -s 1 /d/soft && chown 33:44 /d/2 && chmod 4711 /d/3 && touch -d @5 /d/old && echo x >/gone/sub/x && mkfifo /d/fifo",
];
const rest = [
  // A directory that stands where one was removed; names that are gone; a file below that was only touched by name.
  "RUN rm -r /gone /d/5 /d/hard && mkdir -p /gone/new && echo 6 >>/d/6 && mv /d/7 /d/seven",
  "RUN (ls -lR /d /gone; stat -c '%n %Y %a %u:%g %h' /d/* /gone /gone/*) >/seen && rm -r /d/sub && cat /seen",
  "RUN ls /d | wc -l && stat -c '%n %Y' /d/1 /d/6 /d/seven /gone && ls /gone",
];
const dockerfile = [...first, ...rest].join("\n");

function start(requests: readonly BuildRequest[]) {
  return Bun.spawn([process.execPath, join(checkout, "test/e2e/build-worker.ts"), directory], {
    stdin: new Blob([JSON.stringify(requests)]),
    stdout: "pipe",
    stderr: "inherit",
  });
}

async function built(...requests: BuildRequest[]): Promise<BuildAnswer[]> {
  const child = start(requests);
  const answers = JSON.parse(await new Response(child.stdout).text()) as BuildAnswer[];
  for (const answer of answers) expect(answer.error).toBeUndefined();
  return answers;
}

const request = (store: string, text: string, round: number): BuildRequest => ({
  store,
  dockerfile: text,
  buildArgs: { ROUND: String(round) },
});

beforeAll(async () => {
  if (isMissing) return;
  directory = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "kasane-adopt-"));
  mkdirSync(at("context"));
  copyFileSync(Bun.which("busybox")!, at("context", "busybox"));
  chmodSync(at("context", "busybox"), 0o755);
  await built({ store: "empty", dockerfile: base, tags: ["docker.io/library/base:latest"] });
}, 120_000);

afterAll(() => {
  if (directory) rmSync(directory, { recursive: true, force: true });
});

function freshStore(name: string): void {
  cpSync(at("empty"), at(name), { recursive: true });
}

describe.skipIf(isMissing)("RUN on top of RUN", () => {
  test("sees what it would see of a layer that was unpacked", async () => {
    freshStore("adopted");
    freshStore("unpacked");
    const [adopted] = await built(request("adopted", dockerfile, 1));
    // One step more each time: the last step of each build is nobody's lower layer, and is unpacked by the next.
    const steps = rest.map((_, index) => [...first, ...rest.slice(0, index)].join("\n"));
    const unpacked = (await built(...[...steps, dockerfile].map((text) => request("unpacked", text, 1)))).at(
      -1,
    )!;
    expect(adopted!.output).toContain("/d/seven");
    expect(adopted!.tree).toEqual(unpacked.tree);
    expect(adopted!.digest).toBe(unpacked.digest!);
    expect(adopted!.left).toEqual([]);
  }, 120_000);

  test("a layer that was adopted serves another image that has it, with that image's own files below", async () => {
    freshStore("shared");
    // The directory is new in the first image, and is there already in the second.
    const [alone, other] = await built(
      request("shared", "FROM base\nRUN mkdir /m && echo 1 >/m/one\nRUN ls /m", 1),
      request(
        "shared",
        "FROM base\nRUN mkdir /m && echo 0 >/m/zero\nRUN rm -r /m\nRUN mkdir /m && echo 1 >/m/one\nRUN ls /m",
        1,
      ),
    );
    expect(alone!.output).toBe("one\n");
    expect(other!.output).toBe("one\n");
    // COPY of equal files makes an equal layer, which is not opaque.
    const [merged] = await built(
      request(
        "shared",
        "FROM base AS src\nRUN mkdir /m && echo 1 >/m/one\nRUN true\nFROM base\nRUN mkdir /m && echo 0 >/m/zero\nCOPY --from=src /m /m\nRUN ls /m",
        1,
      ),
    );
    expect(merged!.output).toBe("one\nzero\n");
  }, 120_000);

  test("killed while a layer is adopted, the store is whole and builds the same", async () => {
    freshStore("killed");
    let caught = 0;
    for (let round = 1; round <= 6; round++) {
      const child = start([request("killed", dockerfile, round)]);
      // The moment between the directory's new name and its last.
      const isAside = () => readdirSync(at("killed", "unpacked")).some((name) => name.includes("."));
      const deadline = Date.now() + 60_000;
      while (child.exitCode === null && !isAside() && Date.now() < deadline) await new Promise(setImmediate);
      if (child.exitCode === null) {
        child.kill("SIGKILL");
        caught++;
      }
      await child.exited;
      freshStore(`clean-${round}`);
      const [again, clean] = await built(
        request("killed", dockerfile, round),
        request(`clean-${round}`, dockerfile, round),
      );
      expect(again!.digest).toBe(clean!.digest!);
      expect(again!.tree).toEqual(clean!.tree);
    }
    expect(caught).toBeGreaterThan(0);
    const store = await openLocalStore(at("killed"));
    await store.prune({ uploadsOlderThanMs: -1 });
    await store.close();
    expect(readdirSync(at("killed", "unpacked")).filter((name) => name.includes("."))).toEqual([]);
    expect(readdirSync(at("killed", "tmp"))).toEqual([]);
    for (const name of readdirSync(at("killed", "unpacked")))
      expect(statSync(at("killed", "unpacked", name, "layer.json")).isFile()).toBe(true);
  }, 300_000);
});
