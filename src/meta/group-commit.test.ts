import { Database } from "bun:sqlite";
import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GroupCommit } from "./group-commit.ts";
import { SqliteDatabase } from "./sqlite-database.ts";

const scratch = await mkdtemp(join(tmpdir(), "kasane-group-"));
afterAll(() => rm(scratch, { recursive: true }));
let count = 0;
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe.each(["a file", "memory"])("SqliteDatabase.writeTogether() in %s", (kind) => {
  let path: string;
  let database: SqliteDatabase;
  beforeEach(() => {
    path = kind === "memory" ? ":memory:" : join(scratch, `${count++}.db`);
    database = new SqliteDatabase(path, { readOnly: false });
  });
  const put = (name: string) => () => database.run("INSERT INTO counters VALUES (?, 1)", name);
  const names = () =>
    database
      .all<{ name: string }>("SELECT name FROM counters WHERE name LIKE 'x%' ORDER BY name")
      .map((row) => row.name);

  test("does what one turn asks for in one transaction, and answers each", async () => {
    let transactions = 0;
    const { write } = database;
    database.write = ((...args: Parameters<typeof write>) => {
      transactions++;
      return write.apply(database, args);
    }) as typeof write;
    const works = Array.from({ length: 100 }, (_, index) =>
      database.writeTogether(index % 2 ? "durable" : "relaxed", () => {
        put(`x${String(index).padStart(3, "0")}`)();
        return index;
      }),
    );
    expect(names()).toEqual([]);
    expect(await Promise.all(works)).toEqual(Array.from({ length: 100 }, (_, index) => index));
    expect(names()).toHaveLength(100);
    expect(transactions).toBe(1);
    await database.close();
  });

  test("keeps the works of a group from the failure of one", async () => {
    const works = [
      database.writeTogether("durable", put("x1")),
      database.writeTogether("durable", () => {
        put("x2")();
        throw new Error("changed its mind");
      }),
      database.writeTogether("relaxed", put("x3")),
      database.writeTogether("durable", put("x1")),
    ];
    const ends = await Promise.allSettled(works);
    expect(ends.map((end) => end.status)).toEqual(["fulfilled", "rejected", "fulfilled", "rejected"]);
    expect(String((ends[1] as PromiseRejectedResult).reason)).toContain("changed its mind");
    expect(names()).toEqual(["x1", "x3"]);
    await database.close();
  });

  test("takes more than one group's worth", async () => {
    const works = Array.from({ length: 700 }, (_, index) =>
      database.writeTogether("durable", put(`x${index}`)),
    );
    await Promise.all(works);
    expect(names()).toHaveLength(700);
    await database.close();
  });

  test("close() finishes what was asked for", async () => {
    const work = database.writeTogether("durable", put("x1"));
    await database.close();
    await work;
    if (kind === "memory") return;
    const after = new Database(path, { readonly: true });
    expect(after.query("SELECT name FROM counters WHERE name = 'x1'").get()).toEqual({ name: "x1" });
    after.close();
  });

  test("version() differs after own writes, and not without any", async () => {
    const before = database.version();
    expect(database.version()).toBe(before);
    await turn();
    expect(database.version()).toBe(before);
    await database.writeTogether("relaxed", put("x1"));
    expect(database.version()).not.toBe(before);
    await database.close();
  });
});

test("SqliteDatabase.version() differs in the turn after another connection has written", async () => {
  const path = join(scratch, `${count++}.db`);
  const [one, two] = [path, path].map((each) => new SqliteDatabase(each, { readOnly: false })) as [
    SqliteDatabase,
    SqliteDatabase,
  ];
  const before = one.version();
  two.write("durable", () => two.run("INSERT INTO counters VALUES ('x', 1)"));
  await turn();
  expect(one.version()).not.toBe(before);
  await one.close();
  await two.close();
});

test("GroupCommit does not try one by one what could not even begin", async () => {
  let begun = 0;
  const group = new GroupCommit({
    transact: () => {
      begun++;
      throw new Error("locked");
    },
    log: undefined,
  });
  const works = [1, 2, 3].map(() => group.add(() => {}, { isDurable: true }));
  for (const end of await Promise.allSettled(works)) expect(end.status).toBe("rejected");
  expect(begun).toBe(1);
});

test("GroupCommit.close() waits for the sync after the one that runs", async () => {
  const log = join(scratch, "log");
  await Bun.write(log, "x");
  const group = new GroupCommit({ transact: (work) => work(), log });
  const works: Promise<number>[] = [];
  for (const number of [1, 2, 3]) {
    works.push(group.add(() => number, { isDurable: true }));
    await turn();
  }
  await group.close();
  expect(await Promise.all(works)).toEqual([1, 2, 3]);
});
