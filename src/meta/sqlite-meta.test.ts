import { Database } from "bun:sqlite";
import { afterAll, describe, expect, test } from "bun:test";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeMeta } from "./meta.contract.ts";
import { openSqliteMeta } from "./sqlite-meta.ts";
import { digest, manifestRecord } from "./testing/sample-records.ts";

const scratch = await mkdtemp(join(tmpdir(), "kasane-meta-"));
afterAll(() => rm(scratch, { recursive: true }));
let count = 0;
const freshPath = () => join(scratch, `${count++}.db`);

describeMeta("SqliteMeta in memory", async () => ({
  meta: openSqliteMeta(":memory:"),
  dispose: async () => {},
}));

describe("SqliteMeta on disk", () => {
  test("two openers see each other's writes at once", async () => {
    const path = freshPath();
    const [one, two] = [openSqliteMeta(path), openSqliteMeta(path)];
    await one.manifests.put(manifestRecord("m"));
    await one.images.put({ target: digest("m"), names: ["h/a:1"] });
    expect((await two.images.byName("h/a:1"))?.target).toBe(digest("m"));
    await two.images.remove({ target: digest("m"), names: ["h/a:1"], deleteUnnamed: false });
    expect(await one.images.byName("h/a:1")).toBeUndefined();
    await one.close();
    await two.close();
  });

  const child = (path: string, body: string) =>
    Bun.spawn(
      [
        process.execPath,
        "-e",
        `import { openSqliteMeta } from ${JSON.stringify(join(import.meta.dir, "mod.ts"))};
         const meta = openSqliteMeta(${JSON.stringify(path)});
         ${body}`,
      ],
      { stdin: "pipe", stdout: "pipe", stderr: "inherit" },
    );

  test("processes that open a new file at once all find the schema made", async () => {
    const path = freshPath();
    const children = Array.from({ length: 6 }, (_, index) =>
      child(path, `await meta.leases.acquire({ purpose: "p${index}", ttlMs: 60000 }); await meta.close();`),
    );
    expect(await Promise.all(children.map((process) => process.exited))).toEqual(children.map(() => 0));
    const db = new Database(path);
    expect(db.query("SELECT count(*) AS n FROM leases").get()).toEqual({ n: 6 });
    expect(db.query("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
    db.close();
  });

  test("a lease ends with its process, and so do its locks and claims", async () => {
    const path = freshPath();
    const meta = openSqliteMeta(path);
    const process = child(
      path,
      `const lease = await meta.leases.acquire({ purpose: "p", ttlMs: 3600000 });
       await meta.leases.hold(lease, ["held"]);
       await meta.leases.lock(lease, "locked");
       await meta.garbage.claim(["claimed"]);
       console.log("ready");
       await new Promise((resolve) => setTimeout(resolve, 60000));`,
    );
    for await (const _ of process.stdout) break;
    const lease = await meta.leases.acquire({ purpose: "mine", ttlMs: 60_000 });
    expect(await meta.leases.isHeld("held")).toBe(true);
    expect(await meta.leases.lock(lease, "locked")).toBe(false);
    expect(await meta.garbage.claim(["held", "claimed"])).toEqual([]);
    process.kill("SIGKILL");
    await process.exited;
    expect(await meta.leases.isHeld("held")).toBe(false);
    expect(await meta.leases.lock(lease, "locked")).toBe(true);
    await meta.leases.hold(lease, ["claimed"]);
    expect(await meta.garbage.claim(["held", "claimed"])).toEqual(["held"]);
    await meta.close();
  });

  test("a file of a newer version is refused with a hint", () => {
    const path = freshPath();
    const db = new Database(path);
    db.run("PRAGMA user_version = 999");
    db.close();
    expect(() => openSqliteMeta(path)).toThrow(expect.objectContaining({ code: "unsupported" }));
  });

  test("a schema that a newer version changes under a running process is told of as that", async () => {
    const path = freshPath();
    const meta = openSqliteMeta(path);
    await meta.settings.put("a", "1");
    const db = new Database(path);
    db.run("ALTER TABLE settings RENAME TO other_settings");
    db.run("PRAGMA user_version = 999");
    db.close();
    const overtaken = { code: "unsupported", hint: expect.stringContaining("start this process again") };
    await expect(meta.settings.put("a", "2")).rejects.toMatchObject(overtaken);
    await expect(meta.settings.get("a")).rejects.toMatchObject(overtaken);
    await meta.close();
  });

  test("what is no database is refused", async () => {
    const path = freshPath();
    await writeFile(path, "something else ".repeat(100));
    expect(() => openSqliteMeta(path)).toThrow(expect.objectContaining({ code: "io" }));
    expect(() => openSqliteMeta(join(scratch, "no/such/directory/meta.db"))).toThrow(
      expect.objectContaining({ code: "io" }),
    );
  });

  test("read-only reads and does not write", async () => {
    const path = freshPath();
    expect(() => openSqliteMeta(path, { readOnly: true })).toThrow(expect.objectContaining({ code: "io" }));
    const meta = openSqliteMeta(path);
    await meta.manifests.put(manifestRecord("m"));
    await meta.images.put({ target: digest("m"), names: ["h/a:1"] });
    await meta.close();
    const reader = openSqliteMeta(path, { readOnly: true });
    expect((await reader.images.byName("h/a:1"))?.target).toBe(digest("m"));
    const removal = { target: digest("m"), names: ["h/a:1"], deleteUnnamed: false };
    await expect(reader.images.remove(removal)).rejects.toMatchObject({ code: "io" });
    await reader.close();
  });

  test.skipIf(process.getuid?.() === 0)(
    "read-only works in a directory that may not be written (ordinary user)",
    async () => {
      const directory = join(scratch, "locked ?#%");
      await mkdir(directory);
      await openSqliteMeta(join(directory, "meta.db")).close();
      await chmod(directory, 0o555);
      const reader = openSqliteMeta(join(directory, "meta.db"), { readOnly: true });
      expect(await reader.images.list()).toEqual([]);
      await reader.close();
      await chmod(directory, 0o755);
    },
  );
});
