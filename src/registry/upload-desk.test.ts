import { expect, test } from "bun:test";
import { openMemoryBlobs } from "../blob/mod.ts";
import { openSqliteMeta } from "../meta/mod.ts";
import { ServerLease } from "./server-lease.ts";
import { UploadDesk } from "./upload-desk.ts";

const id = "01234567-89ab-cdef-0123-456789abcdef";

async function desks() {
  const blobs = openMemoryBlobs();
  const meta = openSqliteMeta(":memory:");
  await (await blobs.begin({ id })).suspend();
  await meta.uploads.put({ id, repository: "a", startedAtMs: 0, offset: 1 });
  // Two servers on one store, each with a lease of its own.
  const make = () => new UploadDesk({ blobs, meta, lease: new ServerLease(meta.leases), waitMs: 250 });
  return { here: make(), there: make(), meta };
}

test("an upload is for one request at a time, in whichever process", async () => {
  const { here, there } = await desks();
  let finish!: () => void;
  const working = here.use(
    "a",
    id,
    () =>
      new Promise<void>((resolve) => {
        finish = resolve;
      }),
  );
  for (const desk of [here, there]) {
    await expect(desk.use("a", id, async () => {})).rejects.toMatchObject({
      code: "TOOMANYREQUESTS",
      status: 429,
    });
  }
  finish();
  await working;
  await here.use("a", id, async () => {});
  await there.use("a", id, async () => {});
});

test("what a request wrote is there for the next one, also when it failed", async () => {
  const { here, there } = await desks();
  const failing = here.use("a", id, async (upload) => {
    await upload.write(new Uint8Array(5));
    throw new Error("broken");
  });
  await expect(failing).rejects.toThrow("broken");
  expect(await there.offset("a", id)).toBe(5);
});

test("an upload whose bytes are gone is unknown, and forgotten", async () => {
  const { here, meta } = await desks();
  await here.use("a", id, (upload) => upload.abort());
  await meta.uploads.noteBytes(id, 5);
  await expect(here.use("a", id, async () => {})).rejects.toMatchObject({ code: "BLOB_UPLOAD_UNKNOWN" });
  expect(await meta.uploads.get(id)).toBeUndefined();
});

test("an upload that was begun, and then had no room for its first byte, begins again", async () => {
  const { here, meta } = await desks();
  await here.use("a", id, (upload) => upload.abort());
  await here.use("a", id, async (upload) => {
    expect(upload.offset).toBe(0);
    await upload.write(new Uint8Array(3));
  });
  expect(await here.offset("a", id)).toBe(3);
  await here.use("a", id, async (upload) => {
    await upload.abort();
    await meta.uploads.delete(id);
  });
  await expect(here.use("a", id, async () => {})).rejects.toMatchObject({ code: "BLOB_UPLOAD_UNKNOWN" });
});

test("a request that receives nothing gives way to the next one; one that does is let be", async () => {
  const { here } = await desks();
  const first = here.use("a", id, async (upload, interrupted) => {
    await upload.write(new Uint8Array(5));
    await new Promise((resolve) => interrupted.addEventListener("abort", resolve));
    return "gave way";
  });
  while ((await here.offset("a", id)) !== 5) await Bun.sleep(1);
  expect(await here.use("a", id, async (upload) => upload.offset)).toBe(5);
  expect(await first).toBe("gave way");

  let isDone = false;
  const busy = here.use("a", id, async (upload, interrupted) => {
    while (!isDone) {
      await upload.write(new Uint8Array(1));
      await Bun.sleep(1);
    }
    return interrupted.aborted;
  });
  while ((await here.offset("a", id)) === 5) await Bun.sleep(1);
  await expect(here.use("a", id, async () => {})).rejects.toMatchObject({ code: "TOOMANYREQUESTS" });
  isDone = true;
  expect(await busy).toBe(false);
});
