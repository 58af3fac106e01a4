import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Meta } from "./meta.ts";
import { codeOf, type MetaFixture } from "./testing/sample-records.ts";

const robot = { name: "ci", secretHash: "h", rights: "[]", createdAtMs: 1 };

/** Every claim of robots.ts and settings.ts, for any implementation. */
export function describeRobots(name: string, open: () => Promise<MetaFixture>): void {
  describe(name, () => {
    let fixture: MetaFixture;
    let meta: Meta;
    beforeEach(async () => {
      fixture = await open();
      meta = fixture.meta;
    });
    afterEach(async () => {
      await meta.close();
      await fixture.dispose();
    });

    test("robots are added once, listed by name, and deleted", async () => {
      await meta.robots.add(robot);
      await meta.robots.add({ ...robot, name: "a", expiresAtMs: 9 });
      expect(await codeOf(meta.robots.add({ ...robot, secretHash: "other" }))).toBe("already-exists");
      expect(await meta.robots.list()).toStrictEqual([{ ...robot, name: "a", expiresAtMs: 9 }, robot]);
      expect(await meta.robots.get("ci")).toStrictEqual(robot);
      expect(await meta.robots.delete("ci")).toBe(true);
      expect(await meta.robots.delete("ci")).toBe(false);
      expect(await meta.robots.get("ci")).toBeUndefined();
    });

    test("update() changes what it names and nothing else", async () => {
      await meta.robots.add(robot);
      expect(await meta.robots.update("ci", { expiresAtMs: 5, disabledAtMs: 3 })).toBe(true);
      expect(await meta.robots.update("ci", { secretHash: "h2" })).toBe(true);
      const changed = { ...robot, secretHash: "h2", expiresAtMs: 5, disabledAtMs: 3 };
      expect(await meta.robots.get("ci")).toStrictEqual(changed);
      await meta.robots.update("ci", { expiresAtMs: null, disabledAtMs: null, rights: "[1]" });
      expect(await meta.robots.get("ci")).toStrictEqual({ ...robot, secretHash: "h2", rights: "[1]" });
      expect(await meta.robots.update("nobody", { rights: "[]" })).toBe(false);
    });

    test("revision() grows with changes and not with uses", async () => {
      const revisions = [await meta.robots.revision()];
      await meta.robots.add(robot);
      revisions.push(await meta.robots.revision());
      await meta.robots.noteUse("ci", 20);
      await meta.robots.noteUse("ci", 10);
      expect((await meta.robots.get("ci"))?.usedAtMs).toBe(20);
      expect(await meta.robots.revision()).toBe(revisions[1]!);
      await meta.robots.update("ci", { rights: "[]" });
      revisions.push(await meta.robots.revision());
      await meta.robots.delete("ci");
      revisions.push(await meta.robots.revision());
      expect(new Set(revisions).size).toBe(4);
      await meta.robots.update("nobody", { rights: "[]" });
      expect(await meta.robots.revision()).toBe(revisions[3]!);
    });

    test("of many proposals for a setting one wins, and put() replaces it", async () => {
      expect(await meta.settings.get("key")).toBeUndefined();
      const got = await Promise.all(["a", "b", "c"].map((one) => meta.settings.getOrPut("key", one)));
      expect(new Set(got).size).toBe(1);
      await meta.settings.put("key", "d");
      expect(await meta.settings.getOrPut("key", "e")).toBe("d");
    });
  });
}
