/**
 * What a build writes outside the store, when it is killed in the middle, when there is no room, and when many write to one place: whole or not
 * there, and it works again. KASANE_TEST_SEED repeats a run as far as the machine's timing allows.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { listLayout, openArchive } from "../../src/image/mod.ts";
import { kasane, missing, run, runOk } from "../outside.ts";
import { startServe } from "../serve-process.ts";
import { randomFrom } from "./kill-worker.ts";

setDefaultTimeout(120_000);

const seed = Number(process.env.KASANE_TEST_SEED ?? Math.floor(Math.random() * 1e9));
const random = randomFrom(seed);
const megabyte = 1_000_000;

let directory: string;
let server: Awaited<ReturnType<typeof startServe>>;
const contents = new Map<string, string>();
beforeAll(async () => {
  console.info(`seed ${seed}`);
  directory = mkdtempSync(join(tmpdir(), "kasane-output-ends-"));
  mkdirSync(at("context/files"), { recursive: true });
  for (let number = 0; number < 6; number++) {
    const bytes = Buffer.alloc(2 * megabyte);
    for (let offset = 0; offset < bytes.length; offset += 4) bytes.writeUInt32LE(random(2 ** 32), offset);
    writeFileSync(at(`context/files/${number}`), bytes);
    contents.set(`files/${number}`, hashOf(bytes));
  }
  writeFileSync(at("context/Dockerfile"), "FROM scratch\nCOPY files /files/\n");
  server = await startServe({ args: ["--addr", "127.0.0.1:0"], env: { KASANE_ROOT: at("registry") } });
  expect((await build("-t", "warm")).code).toBe(0);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

const at = (name: string) => join(directory, name);
const argv = (flags: readonly string[], context = "context") => [
  kasane,
  "--root",
  at("store"),
  "build",
  "-q",
  ...flags,
  context,
];
const build = (...flags: string[]) => run(argv(flags), { cwd: directory });
const hashOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

function filesBelow(path: string): string[] {
  if (!existsSync(path)) return [];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))
    .sort();
}

/** Whoever is killed between the making of a file and the replacing of another by it leaves it, whole, until the next who replaces that file. */
function namedFiles(path: string): string[] {
  return filesBelow(path).filter((name) => !basename(name).startsWith(".kasane-"));
}

/** Every blob that index.json leads to has the digest it is called by. */
async function checkLayout(path: string): Promise<void> {
  if (!existsSync(join(path, "index.json"))) return;
  const seen = new Set<string>();
  const visit = (digest: string) => {
    if (seen.has(digest)) return;
    seen.add(digest);
    const bytes = readFileSync(join(path, "blobs", digest.replace(":", "/")));
    expect(`sha256:${hashOf(bytes)}`).toBe(digest);
    if (bytes.length > 100_000 || bytes[0] !== 0x7b) return;
    const { manifests = [], config, layers = [] } = JSON.parse(bytes.toString("utf8"));
    for (const descriptor of [...manifests, ...(config?.digest ? [config] : []), ...layers])
      visit(descriptor.digest);
  };
  for (const { descriptor } of await listLayout(path)) visit(descriptor.digest);
}

/** Whatever is there under a name that somebody asked for is whole. */
interface Place {
  readonly flags: (where: string) => string[];
  check(where: string): Promise<void>;
  /** What is there after a build that ended well. */
  whole(where: string): Promise<void>;
}

const archive = (type: string): Place => ({
  flags: (where) => ["-o", `type=${type},dest=${where}/out.tar,name=app:1`],
  async check(where) {
    if (filesBelow(where).length > 0) await this.whole(where);
  },
  async whole(where) {
    expect(readdirSync(where)).toEqual(["out.tar"]);
    await using opened = await openArchive(join(where, "out.tar"), { tempDir: directory });
    expect(opened.images.map(({ names }) => names)).toEqual([["docker.io/library/app:1"]]);
    await runOk(["tar", "-tf", join(where, "out.tar")]);
  },
});

const layoutFiles = /^(oci-layout|index\.json|blobs\/sha256\/[0-9a-f]{64})$/;

const layout = (flags: Place["flags"]): Place => ({
  flags,
  check: (where) => checkLayout(join(where, "out")),
  async whole(where) {
    await checkLayout(join(where, "out"));
    expect(filesBelow(join(where, "out")).filter((name) => !layoutFiles.test(name))).toEqual([]);
    expect(await listLayout(join(where, "out"))).toHaveLength(1);
  },
});

const places: Record<string, Place> = {
  "type=local": {
    flags: (where) => ["-o", join(where, "out")],
    async check(where) {
      for (const name of namedFiles(join(where, "out"))) {
        expect([name, hashOf(readFileSync(join(where, "out", name)))]).toEqual([name, contents.get(name)!]);
      }
    },
    async whole(where) {
      await this.check(where);
      expect(namedFiles(join(where, "out"))).toEqual([...contents.keys()].sort());
    },
  },
  "type=tar": {
    flags: (where) => ["-o", `type=tar,dest=${where}/out.tar`],
    async check(where) {
      if (filesBelow(where).length > 0) await this.whole(where);
    },
    async whole(where) {
      expect(readdirSync(where)).toEqual(["out.tar"]);
      expect((await runOk(["tar", "-tf", join(where, "out.tar")])).trim().split("\n")).toHaveLength(
        contents.size + 1,
      );
    },
  },
  "type=oci": archive("oci"),
  "type=docker": archive("docker"),
  "type=oci,tar=false": layout((where) => ["-o", `type=oci,tar=false,dest=${where}/out,name=app:1`]),
  "--cache-to type=local": layout((where) => [
    "-o",
    "type=cacheonly",
    "--cache-to",
    `type=local,dest=${where}/out,mode=max`,
  ]),
};

describe.each(Object.entries(places))("%s", (name, place) => {
  test("killed in the middle, again and again: only whole things have a name, and the next build makes all of it", async () => {
    const where = at(`killed ${name.replaceAll(/[,=]/g, " ")}`);
    mkdirSync(where);
    const started = performance.now();
    expect(await build(...place.flags(where))).toMatchObject({ code: 0, err: "" });
    const takesMs = performance.now() - started;
    await place.whole(where);
    for (let round = 0; round < 4; round++) {
      // On top of what is there as well.
      if (round % 3 !== 2) rmSync(where, { recursive: true });
      mkdirSync(where, { recursive: true });
      const child = Bun.spawn(argv(place.flags(where)), {
        cwd: directory,
        stdout: "ignore",
        stderr: "ignore",
      });
      await Bun.sleep(takesMs * (0.3 + random(70) / 100));
      child.kill("SIGKILL");
      await child.exited;
      await place.check(where);
    }
    expect(await build(...place.flags(where))).toMatchObject({ code: 0, err: "" });
    await place.whole(where);
  });

  test.skipIf(process.getuid?.() !== 0 || missing("mount"))(
    "without room: one error with a hint, nothing half there, and all of it when there is room (root)",
    async () => {
      const where = at(`full ${name.replaceAll(/[,=]/g, " ")}`);
      mkdirSync(where);
      await runOk(["mount", "-t", "tmpfs", "-o", "size=5m", "tmpfs", where]);
      try {
        const { code, out, err } = await build(...place.flags(where));
        expect({ code, out, err }).toEqual({
          code: 1,
          out: "",
          err: expect.stringMatching(
            /^kasane: [^\n]*no space left[^\n]*\nhint: free some space (where|there)[^\n]*\n$/,
          ),
        });
        await place.check(where);
        for (const file of filesBelow(where)) expect(statSync(join(where, file)).size).toBeGreaterThan(0);
        await runOk(["mount", "-o", "remount,size=100m", where]);
        expect(await build(...place.flags(where))).toMatchObject({ code: 0, err: "" });
        await place.whole(where);
      } finally {
        await runOk(["umount", where]);
      }
    },
  );
});

test("a file that was there stays as it was until the new one is whole (root)", async () => {
  if (process.getuid?.() !== 0 || missing("mount")) return;
  const where = at("before");
  mkdirSync(where);
  await runOk(["mount", "-t", "tmpfs", "-o", "size=5m", "tmpfs", where]);
  try {
    writeFileSync(join(where, "out.tar"), "before\n");
    expect((await build("-o", `type=oci,dest=${where}/out.tar`)).code).toBe(1);
    expect(readFileSync(join(where, "out.tar"), "utf8")).toBe("before\n");
    expect(readdirSync(where)).toEqual(["out.tar"]);
  } finally {
    await runOk(["umount", where]);
  }
});

test("what killed writers left in a layout goes with the next writer", async () => {
  const cache = at("stale");
  const flags = ["-o", "type=cacheonly", "--cache-to", `type=local,dest=${cache}`];
  expect((await build(...flags)).code).toBe(0);
  mkdirSync(join(cache, "uploads"));
  const left = [
    ".index.json.0f9a2f1e-7c1d-4a53-9d5c-000000000000",
    ".kasane-0f9a2f1e-7c1d",
    "uploads/left.sha256",
  ];
  for (const name of left) writeFileSync(join(cache, name), "left");
  writeFileSync(join(cache, "blobs/sha256", "0".repeat(64)), "nobody names it");
  writeFileSync(join(cache, ".mine"), "of somebody else");
  expect((await build(...flags)).code).toBe(0);
  expect(filesBelow(cache).filter((name) => !layoutFiles.test(name))).toEqual([".mine"]);
  expect(filesBelow(cache)).not.toContain(`blobs/sha256/${"0".repeat(64)}`);
});

test("a cache in a registry: killed on the way it has the old one, and it works again", async () => {
  const flags = ["-o", "type=cacheonly", "--tls-verify=false", "--cache-to"];
  const ref = `${server.address}/team/app:cache`;
  const manifest = async () =>
    (await fetch(`http://${server.address}/v2/team/app/manifests/cache`, { headers: { accept: "*/*" } }))
      .status;
  const start = () =>
    Bun.spawn(argv([...flags, `type=registry,ref=${ref},mode=max`]), {
      cwd: directory,
      stdout: "ignore",
      stderr: "ignore",
    });
  expect(await start().exited).toBe(0);
  // The first has more to send than the others.
  const startedAt = performance.now();
  expect(await start().exited).toBe(0);
  const tookMs = performance.now() - startedAt;
  let killed = 0;
  for (let round = 0; round < 5; round++) {
    const child = start();
    await Bun.sleep(random(tookMs));
    child.kill("SIGKILL");
    await child.exited;
    if (child.signalCode === "SIGKILL") killed += 1;
    expect([200, 404]).toContain(await manifest());
  }
  expect(killed).toBeGreaterThan(0);
  expect((await build(...flags, `type=registry,ref=${ref},mode=max`)).err).toBe("");
  expect(await manifest()).toBe(200);
  expect(await stepsFrom(`type=registry,ref=${ref}`)).toContain("CACHED");
});

/** How a store that has nothing builds with a cache. */
async function stepsFrom(cache: string, context = "context"): Promise<string> {
  const store = mkdtempSync(at("clean-"));
  const flags = ["--progress=plain", "--tls-verify=false", "--cache-from", cache];
  const { code, err } = await run([kasane, "--root", store, "build", ...flags, context], { cwd: directory });
  expect([code, err]).toEqual([0, expect.any(String)]);
  return err;
}

test("many at once into one cache directory, one layout and one name in a registry", async () => {
  const many = ["a", "b", "c"];
  for (const name of many) {
    mkdirSync(at(`many/${name}`), { recursive: true });
    writeFileSync(at(`many/${name}/file`), `${name}\n`.repeat(100_000));
    writeFileSync(at(`many/${name}/Dockerfile`), "FROM scratch\nCOPY file /\n");
  }
  const shared = `type=registry,ref=${server.address}/team/many:cache,mode=max`;
  const results = await Promise.all(
    many.map((name) =>
      run(
        argv(
          [
            "--tls-verify=false",
            ...["-o", `type=oci,tar=false,dest=${at("many layout")},name=app:${name}`],
            ...["--cache-to", `type=local,dest=${at("many cache")},tag=${name},mode=max`],
            ...["--cache-to", `type=local,dest=${at("many cache")},tag=same,mode=max`, "--cache-to", shared],
          ],
          `many/${name}`,
        ),
        { cwd: directory },
      ),
    ),
  );
  expect(results.map(({ code, err }) => ({ code, err }))).toEqual(many.map(() => ({ code: 0, err: "" })));
  for (const place of ["many layout", "many cache"]) {
    await checkLayout(at(place));
    expect(filesBelow(at(place)).filter((name) => !layoutFiles.test(name))).toEqual([]);
  }
  expect((await listLayout(at("many layout"))).flatMap(({ refNames }) => refNames).sort()).toEqual(many);
  for (const name of many) {
    expect(await stepsFrom(`type=local,src=${at("many cache")},tag=${name}`, `many/${name}`)).toContain(
      "CACHED",
    );
  }
  const found = await Promise.all(
    many.map((name) => stepsFrom(shared.replace(",mode=max", ""), `many/${name}`)),
  );
  expect(found.filter((err) => err.includes("CACHED"))).toHaveLength(1);
});
