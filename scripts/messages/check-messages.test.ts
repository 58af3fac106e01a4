import { expect, test } from "bun:test";
import { checkMessages } from "./check-messages.ts";

test("every sentence of the source has its Japanese, and every Japanese its sentence", async () => {
  const { missing, wrong } = await checkMessages();
  expect([...missing, ...wrong]).toEqual([]);
}, 60_000);
