import { expect, test } from "bun:test";
import fc from "fast-check";
import type { TagRecord } from "../meta/mod.ts";
import { digestOf } from "../oci/mod.ts";
import { decideTags } from "./decide.ts";
import type { RetentionRule } from "./retention-rule.ts";

const dayMs = 86_400_000;
const nowMs = 100 * dayMs;

/** Tags with the age of their push and pull in days. */
function tags(...list: readonly (readonly [string, number, number?])[]): TagRecord[] {
  return list.map(([tag, pushed, pulled]) => ({
    tag,
    digest: digestOf(tag),
    mediaType: "x/y",
    taggedAtMs: nowMs - pushed * dayMs,
    ...(pulled === undefined ? {} : { pulledAtMs: nowMs - pulled * dayMs }),
  }));
}

function kept(
  rule: Omit<RetentionRule, "repositories">,
  list: TagRecord[],
  immutable: string[] = [],
): string[] {
  const isImmutable = (tag: string) => immutable.includes(tag);
  return decideTags({ repositories: ["**"], ...rule }, list, { nowMs, isImmutable })
    .filter((decision) => decision.isKept)
    .map((decision) => decision.tag.tag);
}

const builds = tags(["a", 1], ["b", 2], ["c", 3], ["d", 4]);

test("the last pushed stay", () => {
  expect(kept({ keep: { last: 2 } }, builds)).toEqual(["a", "b"]);
  expect(kept({ keep: { last: 9 } }, builds)).toEqual(["a", "b", "c", "d"]);
  expect(kept({ keep: { last: 0 } }, builds)).toEqual([]);
});

test("of pushes in the same moment the choice is always the same", () => {
  const same = tags(["a", 1], ["c", 1], ["b", 1]);
  expect(kept({ keep: { last: 2 } }, same)).toEqual(["c", "b"]);
});

test("ages of push and of pull", () => {
  expect(kept({ keep: { pushedWithinMs: 3 * dayMs } }, builds)).toEqual(["a", "b"]);
  const pulled = tags(["a", 50, 1], ["b", 50, 40], ["c", 50]);
  expect(kept({ keep: { pulledWithinMs: 7 * dayMs } }, pulled)).toEqual(["a"]);
});

test("reasons add up; other tags and immutable ones stay", () => {
  const list = tags(["pr-1", 9], ["pr-2", 1], ["latest", 9], ["release", 9]);
  expect(kept({ tags: ["pr-*"], keep: { pushedWithinMs: dayMs * 2 } }, list)).toEqual([
    "pr-2",
    "latest",
    "release",
  ]);
  expect(kept({ keep: { last: 1, tags: ["latest"] } }, list)).toEqual(["pr-2", "latest"]);
  expect(kept({ keep: { last: 1 } }, list, ["release"])).toEqual(["pr-2", "release"]);
});

test("lines of semantic versions, each variant for itself, with the tags that float on them", () => {
  const versions = [
    "1.9.0",
    "1.10.0",
    "1.10.1",
    "1.10.2",
    "2.0.0",
    "2.0.1-rc.1",
    "1.10.2-alpine",
    "1.8.0-alpine",
  ];
  const floating = ["1", "2", "1.9", "1.10", "2.0", "latest"];
  const list = tags(...[...versions, ...floating].map((tag) => [tag, 1] as const));
  const semver = { lines: 2, perLine: 2, prereleases: false };
  expect(kept({ keep: { semver } }, list)).toEqual([
    "1.10.1",
    "1.10.2",
    "2.0.0",
    "1.10.2-alpine",
    "1.8.0-alpine",
    "1",
    "2",
    "1.10",
    "2.0",
  ]);
  expect(kept({ keep: { semver: { ...semver, prereleases: true } } }, list)).toContain("2.0.1-rc.1");
});

const anyTags = fc.uniqueArray(
  fc.record({
    tag: fc.stringMatching(/^v?[0-9]\.[0-9](\.[0-9])?(-[a-z]{1,4})?$/),
    pushed: fc.nat(60),
    pulled: fc.nat(60),
  }),
  { selector: (entry) => entry.tag, maxLength: 30 },
);

test("more reasons to keep never keep less, and the order of the tags does not matter", () => {
  fc.assert(
    fc.property(anyTags, fc.nat(10), fc.nat(60), (list, last, days) => {
      const records = tags(...list.map(({ tag, pushed, pulled }) => [tag, pushed, pulled] as const));
      const few = kept({ keep: { last } }, records);
      const semver = { lines: 2, perLine: 1, prereleases: false };
      const more = kept({ keep: { last, pushedWithinMs: days * dayMs, semver } }, records);
      expect(few.filter((tag) => !more.includes(tag))).toEqual([]);
      expect(few.length).toBe(Math.min(last, records.length));
      expect(kept({ keep: { last } }, records.toReversed()).sort()).toEqual(few.sort());
    }),
  );
});
