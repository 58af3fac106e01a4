import { afterAll, expect, test } from "bun:test";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestOf } from "../../oci/mod.ts";
import { type AuditEntry, auditEntryOf, openAuditLog } from "./audit-log.ts";

const scratch = await mkdtemp(join(tmpdir(), "kasane-audit-"));
afterAll(() => rm(scratch, { recursive: true }));
let count = 0;

async function recorded(...entries: AuditEntry[]): Promise<unknown[]> {
  const path = join(scratch, `${count++}.log`);
  const onError = (error: unknown) => expect(error).toBeUndefined();
  const log = await openAuditLog({ path, fields: { site: "x" }, onError });
  await Promise.all(entries.map((entry) => log.record(entry)));
  // Without close(): what record() has promised is there.
  const text = await readFile(path, "utf8");
  await log.close();
  expect(text).toMatch(/^([\x20-\x7e]+\n)+$/);
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

test("an event says who did what to what, from where", async () => {
  const event = {
    action: "push",
    kind: "manifest",
    repository: "a/b",
    digest: digestOf("m"),
    mediaType: "x/y",
    sizeBytes: 3,
    tags: ["v1", "v2"],
    caller: { kind: "robot", name: "ci" },
    peer: { address: "192.0.2.7" },
    request: new Request("http://r/v2/a/b/manifests/v1", { headers: { authorization: "Bearer hunter2" } }),
    atMs: 1,
  } as const;
  const entries = await recorded(auditEntryOf(event));
  expect(entries).toEqual([
    {
      time: expect.any(String),
      log: "audit",
      action: "push",
      by: "robot",
      user: "ci",
      client: "192.0.2.7",
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      repository: "a/b",
      kind: "manifest",
      digest: digestOf("m"),
      tags: ["v1", "v2"],
      mediaType: "x/y",
      sizeBytes: 3,
      site: "x",
    },
  ]);
  expect(JSON.stringify(entries)).not.toContain("hunter2");
});

test("what the server does by itself is so marked", async () => {
  expect(await recorded({ action: "collected", detail: { blobs: 3, freedBytes: 10 } })).toMatchObject([
    { action: "collected", by: "server", blobs: 3, freedBytes: 10 },
  ]);
});

test("a name that tries to be a line of its own is text", async () => {
  const evil = 'x"}\n{"action":"delete","user":"root"}\u001b[2J';
  const entries = await recorded(
    { action: "login-failed", detail: { claimedUser: evil } },
    { action: "push", caller: { kind: "user", name: evil }, detail: { tags: [evil] } },
  );
  expect(entries).toMatchObject([{ claimedUser: evil }, { user: evil, tags: [evil] }]);
});
