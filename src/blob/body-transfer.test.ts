import { expect, test } from "bun:test";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BodyTransfer } from "./body-transfer.ts";

test("who asks for the offset of a transfer whose file was closed meanwhile gets the last one", async () => {
  const directory = await mkdtemp(join(tmpdir(), "kasane-transfer-"));
  try {
    const handle = await open(join(directory, "file"), "w+");
    const transfer = new BodyTransfer(handle, new Response(new Uint8Array(200_000)));
    await transfer.done();
    expect(transfer.offset).toBe(200_000);
    // As an upload does that failed: its handle is closed while others still know the transfer.
    transfer.leave(new Error("no space left on the device"));
    while (handle.fd >= 0) await Bun.sleep(1);
    expect(transfer.offset).toBe(200_000);
  } finally {
    await rm(directory, { recursive: true });
  }
});
