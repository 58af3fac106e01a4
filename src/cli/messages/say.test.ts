import { describe, expect, test } from "bun:test";
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
  test.each([
    ["C.UTF-8", ["rmi"], "hint: see 'kasane rmi --help'", /^loaded: say.ts$/],
    ["ja_JP.UTF-8", ["rmi"], "ヒント: 'kasane rmi --help' を見てください", /ja\/help.ts/],
    // Nothing is said here: scripts read it.
    ["ja_JP.UTF-8", ["version"], "", /^loaded: $/],
  ])("in %s after %p loads messages only where something is said", async (locale, words, said, loaded) => {
    const main = join(import.meta.dir, "../main.ts");
    const script = `const { main } = await import(${JSON.stringify(main)});
      await main(${JSON.stringify(words)});
      const loaded = Object.keys(require.cache).filter((path) => path.includes("/cli/messages/"));
      console.log("loaded: " + loaded.map((path) => path.split("/cli/messages/")[1]).join(" "));`;
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
    expect(out.split("\n").at(-2)).toMatch(loaded);
  });
});
