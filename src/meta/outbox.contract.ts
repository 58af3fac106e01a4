import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Meta } from "./meta.ts";
import type { MetaFixture } from "./testing/sample-records.ts";

/** The claims of OutboxTable, for any implementation. */
export function describeOutbox(name: string, open: () => Promise<MetaFixture>): void {
  describe(`${name}: outbox`, () => {
    let fixture: MetaFixture;
    let outbox: Meta["outbox"];
    beforeEach(async () => {
      fixture = await open();
      outbox = fixture.meta.outbox;
    });
    afterEach(async () => {
      await fixture.meta.close();
      await fixture.dispose();
    });

    const add = (endpoint: string, ...events: string[]) =>
      outbox.add(events.map((event) => ({ endpoint, event })));
    const take = (endpoint: string, limit = 10, leaseMs = 60_000) =>
      outbox.take({ endpoint, limit, leaseMs });

    test("events come out in the order they went in, each endpoint's own", async () => {
      await add("a", "1", "2");
      await add("b", "x");
      await add("a", "3");
      expect((await take("a", 2)).map((record) => record.event)).toEqual(["1", "2"]);
      expect((await take("b")).map((record) => record.event)).toEqual(["x"]);
      expect(await take("c")).toEqual([]);
    });

    test("what was taken, and what comes after it, is nobody else's until it is settled", async () => {
      await add("a", "1", "2");
      const taken = await take("a", 1);
      expect(await take("a")).toEqual([]);
      await outbox.remove(taken.map((record) => record.id));
      expect((await take("a")).map((record) => record.event)).toEqual(["2"]);
    });

    test("what could not be sent keeps its place and counts its attempts", async () => {
      await add("a", "1", "2");
      const [first] = await take("a", 1);
      expect(first).toMatchObject({ attempts: 0, endpoint: "a" });
      const later = Date.now() + 60_000;
      await outbox.postpone([first!.id], later);
      expect(await take("a")).toEqual([]);
      expect(await outbox.dueAtMs("a")).toBe(later);
      expect(await outbox.dueAtMs("b")).toBeUndefined();
      await outbox.postpone([first!.id], Date.now() - 1);
      expect((await take("a")).map(({ event, attempts }) => [event, attempts])).toEqual([
        ["1", 2],
        ["2", 0],
      ]);
    });

    test("a lease that has ended frees what was taken", async () => {
      await add("a", "1");
      expect(await take("a", 1, -1)).toHaveLength(1);
      expect(await take("a")).toHaveLength(1);
    });

    test("pending() counts what waits and what is being sent", async () => {
      const before = Date.now();
      await add("a", "1", "2");
      await outbox.add([{ endpoint: "b", event: "x" }], { isDurable: false });
      await take("a", 1);
      const pending = await outbox.pending();
      expect(pending).toMatchObject([
        { endpoint: "a", count: 2 },
        { endpoint: "b", count: 1 },
      ]);
      expect(pending[0]!.oldestAtMs).toBeGreaterThanOrEqual(before);
    });

    test("trim() drops the oldest beyond what is to be kept", async () => {
      await add("a", "1", "2", "3");
      await add("b", "x");
      expect(await outbox.trim("a", 3)).toBe(0);
      expect(await outbox.trim("a", 2)).toBe(1);
      expect((await take("a")).map((record) => record.event)).toEqual(["2", "3"]);
      expect(await outbox.trim("a", 0)).toBe(2);
      expect((await outbox.pending()).map((entry) => entry.endpoint)).toEqual(["b"]);
    });
  });
}
