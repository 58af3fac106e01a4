import { expect, test } from "bun:test";
import {
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cString, fileCalls, LOCK_EX, LOCK_NB, takeName, writeWholeFile } from "./mod.ts";

const O_TMPFILE = 0o20000000 | constants.O_DIRECTORY;

function place() {
  const path = mkdtempSync(join(tmpdir(), "kasane-name-"));
  const directory = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  const take = (content: string, name = "file") => {
    const file = openSync(path, constants.O_RDWR | O_TMPFILE, 0o600);
    writeSync(file, content);
    try {
      takeName(file, directory, cString(name), name);
    } finally {
      closeSync(file);
    }
  };
  return {
    at: (name: string) => join(path, name),
    path,
    take,
    [Symbol.dispose]: () => {
      closeSync(directory);
      rmSync(path, { recursive: true });
    },
  };
}

/** What a file is called for a moment on its way to the name `file`. */
function asideName(): string {
  const digest = new Bun.CryptoHasher("sha256").update("file\0").digest("hex");
  return `.kasane-${digest.slice(0, 12)}`;
}

test("takeName() gives a free name at once, and takes one that is not", () => {
  using temporary = place();
  temporary.take("first");
  expect(readFileSync(temporary.at("file"), "utf8")).toBe("first");
  temporary.take("second");
  expect(readFileSync(temporary.at("file"), "utf8")).toBe("second");
  expect(readdirSync(temporary.path)).toEqual(["file"]);
});

test("takeName() takes away what somebody left who was killed just before the end, whether the name is taken or free", () => {
  using temporary = place();
  for (const isTaken of [true, false]) {
    if (isTaken) temporary.take("old");
    else rmSync(temporary.at("file"));
    writeFileSync(temporary.at(asideName()), "whole, but nobody's");
    temporary.take("new");
    expect(readFileSync(temporary.at("file"), "utf8")).toBe("new");
    expect(readdirSync(temporary.path)).toEqual(["file"]);
  }
});

test("takeName() leaves what another writer is about to rename, and what is no file", () => {
  using temporary = place();
  temporary.take("old");
  const aside = temporary.at(asideName());
  writeFileSync(aside, "of one who lives");
  const other = openSync(aside, "r");
  expect(fileCalls().flock(other, LOCK_EX | LOCK_NB)).toBe(0);
  temporary.take("new");
  expect(readdirSync(temporary.path).sort()).toEqual([asideName(), "file"]);
  renameSync(aside, temporary.at("file"));
  closeSync(other);
  expect(Bun.spawnSync(["mkfifo", aside]).exitCode).toBe(0);
  temporary.take("newer");
  expect(readFileSync(temporary.at("file"), "utf8")).toBe("newer");
  expect(existsSync(aside)).toBe(true);
});

test("writeWholeFile() leaves nothing beside the file, many times over", async () => {
  using temporary = place();
  await Promise.all(
    Array.from({ length: 20 }, (_, number) =>
      writeWholeFile(temporary.at("file"), [Buffer.from(`${number}`)]),
    ),
  );
  expect(readdirSync(temporary.path)).toEqual(["file"]);
});
