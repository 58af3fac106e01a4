import { expect, test } from "bun:test";
import { digestOf } from "../../oci/mod.ts";
import type { RegistryEvent } from "../../registry/mod.ts";
import { PullTimes } from "./pull-times.ts";

type Noted = Parameters<ConstructorParameters<typeof PullTimes>[0]["write"]>[0];

function pull(change: Partial<RegistryEvent>): RegistryEvent {
  return {
    action: "pull",
    kind: "manifest",
    repository: "a",
    digest: digestOf("m"),
    tags: [],
    caller: { kind: "anonymous", name: "" },
    peer: { address: "" },
    request: new Request("http://r/v2/a/manifests/v1"),
    atMs: 1,
    ...change,
  };
}

test("many pulls are one write of the latest times", async () => {
  const writes: Noted[] = [];
  const times = new PullTimes({
    write: async (noted) => void writes.push(noted),
    warn: () => {},
  });
  for (let atMs = 1; atMs <= 1000; atMs++) times.note(pull({ tags: ["v1"], atMs }));
  times.note(pull({ atMs: 5 }));
  times.note(pull({ kind: "blob" }));
  times.note(pull({ action: "push" }));
  await times.flush();
  await times.flush();
  expect(writes).toEqual([
    [
      { repository: "a", digest: digestOf("m"), tag: "v1", atMs: 1000 },
      { repository: "a", digest: digestOf("m"), atMs: 5 },
    ],
  ]);
});

test("what is kept until the next write is bounded", async () => {
  let written = 0;
  const times = new PullTimes({
    write: async (noted) => {
      expect(noted.length).toBeLessThanOrEqual(10_000);
      written += noted.length;
    },
    warn: () => {},
  });
  for (let index = 0; index < 25_000; index++)
    times.note(pull({ digest: digestOf(`m${index % 20_000}`), tags: [`t${index}`] }));
  for (let index = 0; index < 1_000; index++) times.note(pull({ tags: [`t${index}`] }));
  await times.flush();
  expect(written).toBe(26_000);
});

test("a write that fails is a warning", async () => {
  const warnings: string[] = [];
  const times = new PullTimes({
    write: () => Promise.reject(new Error("no space")),
    warn: (message) => warnings.push(message),
  });
  times.note(pull({}));
  await times.flush();
  expect(warnings).toEqual(["the times of 1 pulls are lost: no space"]);
});
