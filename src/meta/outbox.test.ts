import { afterAll, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeOutbox } from "./outbox.contract.ts";
import { openSqliteMeta } from "./sqlite-meta.ts";

const scratch = await mkdtemp(join(tmpdir(), "kasane-outbox-"));
afterAll(() => rm(scratch, { recursive: true }));

describeOutbox("SqliteMeta in memory", async () => ({
  meta: openSqliteMeta(":memory:"),
  dispose: async () => {},
}));

test("what a process that was killed had taken is free at once", async () => {
  const path = join(scratch, "killed.db");
  const meta = openSqliteMeta(path);
  await meta.outbox.add([{ endpoint: "a", event: "1" }]);
  const child = Bun.spawn(
    [
      process.execPath,
      "-e",
      `import { openSqliteMeta } from ${JSON.stringify(join(import.meta.dir, "mod.ts"))};
       const meta = openSqliteMeta(${JSON.stringify(path)});
       console.log((await meta.outbox.take({ endpoint: "a", limit: 1, leaseMs: 3600000 })).length);
       await new Promise((resolve) => setTimeout(resolve, 60000));`,
    ],
    { stdout: "pipe", stderr: "inherit" },
  );
  for await (const _ of child.stdout) break;
  const take = () => meta.outbox.take({ endpoint: "a", limit: 1, leaseMs: 1000 });
  expect(await take()).toEqual([]);
  child.kill("SIGKILL");
  await child.exited;
  expect((await take()).map((record) => record.event)).toEqual(["1"]);
  await meta.close();
});
