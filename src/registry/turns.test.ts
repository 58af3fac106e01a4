import { expect, test } from "bun:test";
import { Turns } from "./turns.ts";

test("turns come in the order in which they were asked for", async () => {
  const turns = new Turns();
  const order: number[] = [];
  await Promise.all(
    [0, 1, 2, 3].map(async (index) => {
      const end = await turns.take("a", 1000);
      order.push(index);
      await Bun.sleep(1);
      end!();
    }),
  );
  expect(order).toEqual([0, 1, 2, 3]);
});

test("keys do not wait for each other", async () => {
  const turns = new Turns();
  await turns.take("a", 0);
  expect(await turns.take("b", 0)).toBeDefined();
});

test("who gives up does not let the next one overtake the first", async () => {
  const turns = new Turns();
  const end = await turns.take("a", 0);
  expect(await turns.take("a", 1)).toBeUndefined();
  let isNext = false;
  const next = turns.take("a", 1000).then((turn) => {
    isNext = true;
    return turn;
  });
  await Bun.sleep(1);
  expect(isNext).toBe(false);
  end!();
  (await next)!();
  expect(await turns.take("a", 0)).toBeDefined();
});
