import { afterAll, beforeEach, expect, test } from "bun:test";
import { mkdtemp, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LogFile, type LogFileOptions } from "./log-file.ts";

const scratch = await mkdtemp(join(tmpdir(), "kasane-log-"));
afterAll(() => rm(scratch, { recursive: true }));
let count = 0;
let path: string;
let errors: unknown[];
beforeEach(() => {
  path = join(scratch, `${count++}.log`);
  errors = [];
});
const openLog = (options: Partial<LogFileOptions> = {}) =>
  LogFile.open({ path, onError: (error) => errors.push(error), ...options });

test("lines are whole and in order, and only the owner reads them", async () => {
  const log = await openLog();
  for (let index = 0; index < 5000; index++) log.append(`line ${index} ${"x".repeat(index % 100)}\n`);
  await log.close();
  const lines = (await readFile(path, "utf8")).trimEnd().split("\n");
  expect(lines.map((line) => line.split(" ")[1])).toEqual(
    Array.from({ length: 5000 }, (_, index) => String(index)),
  );
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test("flush() of a durable log resolves when the line is in the file, for each of many at once", async () => {
  const log = await openLog({ isDurable: true });
  await Promise.all(
    Array.from({ length: 200 }, async (_, index) => {
      await Bun.sleep(index % 7);
      log.append(`entry ${index};\n`);
      await log.flush();
      expect(await readFile(path, "utf8")).toContain(`entry ${index};\n`);
    }),
  );
  await log.close();
});

test("a file that was moved away is begun anew, without being told", async () => {
  const log = await openLog();
  log.append("one\n");
  await log.flush();
  await rename(path, `${path}.old`);
  log.append("two\n");
  await log.flush();
  expect(await readFile(`${path}.old`, "utf8")).toBe("one\n");
  expect(await readFile(path, "utf8")).toBe("two\n");
  await rename(path, `${path}.older`);
  await log.reopen();
  expect(await readFile(path, "utf8")).toBe("");
  await log.close();
  expect(errors).toEqual([]);
});

test("a file that is large enough becomes .1, and no line is lost before the oldest goes", async () => {
  const log = await openLog({ rotateBytes: 100, keep: 3 });
  for (let index = 0; index < 8; index++) {
    log.append(`${String(index).padEnd(60, ".")}\n`);
    await log.flush();
  }
  await log.close();
  const names = (await readdir(scratch)).filter((name) => path.endsWith(name.replace(/\.\d$/, ""))).sort();
  expect(names.map((name) => name.slice(name.indexOf(".log")))).toEqual([
    ".log",
    ".log.1",
    ".log.2",
    ".log.3",
  ]);
  const parts = await Promise.all(names.toReversed().map((name) => readFile(join(scratch, name), "utf8")));
  expect(parts.join("").match(/^\d/gm)?.join("")).toBe("01234567");
});

test("two writers of one file lose nothing to each other, also when it turns over", async () => {
  const logs = [
    await openLog({ rotateBytes: 2000, keep: 100 }),
    await openLog({ rotateBytes: 2000, keep: 100 }),
  ];
  for (let index = 0; index < 200; index++) {
    logs[index % 2]!.append(`${String(index).padStart(50, " ")}\n`);
    if (index % 5 === 0) await logs[index % 2]!.flush();
  }
  await Promise.all(logs.map((log) => log.close()));
  const own = path.slice(path.lastIndexOf("/") + 1);
  const names = (await readdir(scratch)).filter((name) => name.startsWith(own));
  const text = (await Promise.all(names.map((name) => readFile(join(scratch, name), "utf8")))).join("");
  expect(
    text
      .trimEnd()
      .split("\n")
      .map(Number)
      .sort((a, b) => a - b),
  ).toEqual(Array.from({ length: 200 }, (_, index) => index));
});

test("a full disk is reported, and does not stop anybody", async () => {
  path = "/dev/full";
  const log = await openLog({ isDurable: true });
  log.append("x\n");
  await log.flush();
  log.append("y\n");
  await log.flush();
  await log.close();
  expect(errors).toHaveLength(2);
});

test("a directory that is not there is said when the log is opened", async () => {
  path = join(scratch, "no/such/x.log");
  await expect(openLog()).rejects.toMatchObject({
    code: "io",
    message: expect.stringContaining("cannot write the log"),
  });
});

test("lines that come faster than they can be written are dropped and counted", async () => {
  const log = await openLog();
  const line = `${"x".repeat(1023)}\n`;
  // One turn of the event loop: nothing can be written meanwhile, apart from what the first flush has taken.
  for (let index = 0; index < 20_000; index++) log.append(line);
  await log.flush();
  await log.close();
  expect((await stat(path)).size).toBeLessThan(20_000 * 1024);
  expect(String(errors[0])).toContain("came faster than they could be written");
});
