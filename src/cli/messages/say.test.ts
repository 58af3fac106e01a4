import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { isJapanese } from "./say.ts";

describe("isJapanese()", () => {
  test.each([
    [{}, false],
    [{ LANG: "ja_JP.UTF-8" }, true],
    [{ LANG: "ja" }, true],
    [{ LANG: "ja_JP.eucJP@x" }, true],
    [{ LANG: "jam_JM.UTF-8" }, false],
    [{ LANG: "C", LC_MESSAGES: "ja_JP.UTF-8" }, true],
    [{ LANG: "ja_JP.UTF-8", LC_MESSAGES: "en_GB.UTF-8" }, false],
    [{ LANG: "ja_JP.UTF-8", LC_MESSAGES: "ja_JP.UTF-8", LC_ALL: "C" }, false],
    [{ LANG: "ja_JP.UTF-8", LC_MESSAGES: "", LC_ALL: "" }, true],
    [{ LANG: "ja_JP.UTF-8", LC_ALL: "POSIX" }, false],
  ])("of %p is %p", (env, expected) => {
    expect(isJapanese(env)).toBe(expected);
  });
});

describe("say()", () => {
  // Beside them japanese.ts is loaded, and unchanged.ts never.
  const topics = readdirSync(join(import.meta.dir, "ja")).length - 1;

  test.each([
    ["C.UTF-8", ["rmi"], "hint: see 'kasane rmi --help'", 0],
    ["ja_JP.UTF-8", ["rmi"], "ヒント: 'kasane rmi --help' を見てください", topics + 1],
    // Nothing is said here: scripts read it.
    ["ja_JP.UTF-8", ["version"], "", 0],
  ])("in %s after %p loads the catalogue only where something is said", async (locale, words, said, loaded) => {
    const main = join(import.meta.dir, "../main.ts");
    const script = `const { main } = await import(${JSON.stringify(main)});
      await main(${JSON.stringify(words)});
      console.log(Object.keys(require.cache).filter((path) => path.includes("/messages/ja")).length);`;
    const child = Bun.spawn([process.execPath, "-e", script], {
      env: { ...process.env, LC_ALL: locale },
      stdout: "pipe",
      stderr: "pipe",
    });
    const [out, err] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ]);
    expect(err).toContain(said);
    expect(Number(out.trim().split("\n").at(-1))).toBe(loaded);
  });
});
