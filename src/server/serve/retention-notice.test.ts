import { expect, test } from "bun:test";
import { RetentionNotice } from "./retention-notice.ts";

test("one sentence for each repository, which names some and counts the others", () => {
  const told: string[] = [];
  const notice = new RetentionNotice((message) => told.push(message));
  const decide = (repository: string, tag: string, isKept = false) =>
    notice.onDecision(repository, { isKept, reason: "", tag: { tag } as never });
  notice.end();
  decide("a", "v1");
  decide("a", "v2", true);
  decide("kept", "v1", true);
  for (let number = 1; number <= 25; number++) decide("b", `t${number}`);
  notice.end();
  notice.end();
  expect(told).toHaveLength(2);
  expect(told[0]).toBe("retention (dry run): 1 tag of a would go: v1");
  expect(told[1]).toMatch(/^retention \(dry run\): 25 tags of b would go: t1, .*, t20 and 5 more$/);
});
