import { expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LogWriter } from "./log-writer.ts";
import { readLog } from "./read-log.ts";

function temporary(): { path: string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), "kasane-log-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

const bytes = (text: string) => new TextEncoder().encode(text);
const texts = async (entries: AsyncIterable<{ log: string }>) =>
  (await Array.fromAsync(entries)).map(({ log }) => log);

test("lines come back with their stream and time, parts of lines and of characters put together", async () => {
  using directory = temporary();
  const writer = new LogWriter(directory.path);
  const [head, tail] = [bytes("重").subarray(0, 1), bytes("重").subarray(1)];
  writer.write("stdout", bytes("one\ntw"));
  writer.write("stderr", bytes("bad\n"));
  writer.write("stdout", bytes("o\n"));
  writer.write("stdout", head);
  writer.write("stdout", tail);
  writer.close();
  const entries = await Array.fromAsync(readLog(directory.path));
  expect(entries.map(({ log, stream }) => [stream, log])).toEqual([
    ["stdout", "one\n"],
    ["stderr", "bad\n"],
    ["stdout", "two\n"],
    ["stdout", "重"],
  ]);
  expect(Date.now() - Date.parse(entries[0]!.time)).toBeLessThan(60_000);
});

test("a line of any length is kept in parts, and counts as one", async () => {
  using directory = temporary();
  const writer = new LogWriter(directory.path);
  writer.write("stdout", bytes(`first\n${"x".repeat(40_000)}\nlast\n`));
  writer.close();
  expect((await texts(readLog(directory.path))).map(({ length }) => length)).toEqual([
    6, 16_384, 16_384, 7233, 5,
  ]);
  expect((await texts(readLog(directory.path, { tail: 2 }))).join("").length).toBe(40_006);
  expect(await texts(readLog(directory.path, { tail: 0 }))).toEqual([]);
});

test("full files are exchanged, and no more are kept than wanted", async () => {
  using directory = temporary();
  const writer = new LogWriter(directory.path, { maxBytes: 1000, maxFiles: 3 });
  for (let line = 0; line < 100; line++) writer.write("stdout", bytes(`line ${line}\n`));
  writer.close();
  expect(readdirSync(directory.path).sort()).toEqual(["log.json", "log.json.1", "log.json.2"]);
  const kept = await texts(readLog(directory.path));
  expect(kept.at(-1)).toBe("line 99\n");
  expect(kept).toEqual(Array.from({ length: kept.length }, (_, i) => `line ${100 - kept.length + i}\n`));
  expect(await texts(readLog(directory.path, { tail: 20 }))).toEqual(kept.slice(-20));
});

test("following goes on over an exchange, and ends when the container has", async () => {
  using directory = temporary();
  const writer = new LogWriter(directory.path, { maxBytes: 400, maxFiles: 100 });
  let isRunning = true;
  const followed = texts(readLog(directory.path, { follow: async () => isRunning }));
  for (let line = 0; line < 50; line++) {
    writer.write("stdout", bytes(`line ${line}\n`));
    if (line % 3 === 0) await Bun.sleep(5);
  }
  writer.close();
  isRunning = false;
  expect((await followed).at(-1)).toBe("line 49\n");
});

test("times cut off what is too old or too new", async () => {
  using directory = temporary();
  const writer = new LogWriter(directory.path);
  writer.write("stdout", bytes("early\n"));
  await Bun.sleep(5);
  const between = Date.now();
  await Bun.sleep(5);
  writer.write("stdout", bytes("late\n"));
  writer.close();
  expect(await texts(readLog(directory.path, { sinceMs: between }))).toEqual(["late\n"]);
  expect(await texts(readLog(directory.path, { untilMs: between }))).toEqual(["early\n"]);
});

test("there is nothing to read where nothing was written", async () => {
  using directory = temporary();
  expect(await texts(readLog(directory.path))).toEqual([]);
});
