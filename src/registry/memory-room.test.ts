import { expect, test } from "bun:test";
import { MemoryRoom } from "./memory-room.ts";

function held() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { work: () => promise, end: resolve };
}

test("MemoryRoom lets in what fits, the others when there is room, in their order", async () => {
  const room = new MemoryRoom({ limitBytes: 10, patienceMs: 60_000 });
  const seen: string[] = [];
  const enter = (name: string, bytes: number) => {
    const { work, end } = held();
    const done = room.holding(bytes, () => {
      seen.push(name);
      return work();
    });
    return { end, done };
  };
  const [a, b] = [enter("a", 6), enter("b", 4)];
  expect(seen).toEqual(["a", "b"]);
  // What is larger than all of the room gets all of it.
  const [c, d] = [enter("c", 50), enter("d", 1)];
  a.end();
  await a.done;
  expect(seen).toEqual(["a", "b"]);
  b.end();
  await b.done;
  expect(seen).toEqual(["a", "b", "c"]);
  c.end();
  await c.done;
  expect(seen).toEqual(["a", "b", "c", "d"]);
  d.end();
  await d.done;
});

test("a failure gives its room back; who waits for too long is told to come again", async () => {
  const room = new MemoryRoom({ limitBytes: 10, patienceMs: 20 });
  await expect(room.holding(10, () => Promise.reject(new Error("broken off")))).rejects.toThrow("broken off");
  const { work, end } = held();
  const first = room.holding(8, work);
  const second = room.holding(8, async () => {});
  const third = room.holding(2, async () => "small");
  await expect(second).rejects.toMatchObject({ code: "TOOMANYREQUESTS", headers: { "retry-after": "2" } });
  expect(await third).toBe("small");
  end();
  await first;
  expect(await room.holding(10, async () => "all")).toBe("all");
});
