import { describe, expect, test } from "bun:test";
import { translator } from "./translate.ts";

const say = translator({
  "no such image: {}": "イメージなし: {1}",
  "cannot {*}: {*}": "{1}ことができません: {2}",
  "cannot push {}: {*}": "{1} を push できません: {2}",
  "open {}": "{1} を開く",
  "permission denied": "権限がありません",
  "{} of {} bytes arrived": "{2} バイトのうち {1} バイト",
  "{*}; {*}": "{1}。{2}",
  "manifest {}": "マニフェスト {1}",
  "{} answered {} ({*})": "{1} の応答は {2}（{3}）",
});

describe("translator()", () => {
  test("puts what stood in the holes where the translation wants it", () => {
    expect(say("3 of 5 bytes arrived")).toBe("5 バイトのうち 3 バイト");
  });

  test("translates texts of Kasane inside others", () => {
    expect(say("cannot open /store: permission denied")).toBe(
      "/store を開くことができません: 権限がありません",
    );
  });

  test("leaves what comes from outside as it is, also when it reads like a sentence of Kasane", () => {
    expect(say("no such image: permission denied")).toBe("イメージなし: permission denied");
    expect(say("cannot push open x: EPIPE")).toBe("open x を push できません: EPIPE");
    expect(say("no such image: {1} {2}")).toBe("イメージなし: {1} {2}");
    expect(say("host answered 404 (manifest unknown)")).toBe("host の応答は 404（manifest unknown）");
    expect(say("host answered 404 (manifest 12ab)")).toBe("host の応答は 404（マニフェスト 12ab）");
  });

  test("takes the entry with the most text of its own", () => {
    expect(say("cannot push a: permission denied")).toBe("a を push できません: 権限がありません");
  });

  test("translates behind a place, and above an excerpt", () => {
    expect(say("Dockerfile:2: permission denied")).toBe("Dockerfile:2: 権限がありません");
    expect(say("c.yml:2: http: no such image: permission denied")).toBe(
      "c.yml:2: http: イメージなし: permission denied",
    );
    expect(say("Dockerfile:2: no such image: x\n  2 | permission denied")).toBe(
      "Dockerfile:2: イメージなし: x\n  2 | permission denied",
    );
  });

  test("leaves what it does not know", () => {
    expect(say("something new")).toBe("something new");
    expect(say("constructor")).toBe("constructor");
    expect(say("")).toBe("");
  });

  test("ends on text that is made to be slow", () => {
    expect(say("; ".repeat(100_000)).length).toBeGreaterThan(0);
    expect(say(": ".repeat(100_000)).length).toBeGreaterThan(0);
    expect(say(`${" of ".repeat(50_000)}bytes`).length).toBeGreaterThan(0);
  });
});
