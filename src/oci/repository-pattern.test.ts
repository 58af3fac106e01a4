import { expect, test } from "bun:test";
import fc from "fast-check";
import { namePattern } from "./repository-pattern.ts";

test.each([
  ["library/nginx", ["library/nginx"], ["library/nginx2", "x/library/nginx"]],
  ["library/*", ["library/nginx"], ["library/a/b", "library"]],
  ["team/**", ["team/a", "team/a/b"], ["team", "teams/a"]],
  ["**", ["a", "a/b/c"], []],
  ["**/cache", ["a/cache", "a/b/cache"], ["cache", "a/caches"]],
  ["{dev,test}-*", ["dev-1", "test-a"], ["prod-1", "dev"]],
  ["v?.*", ["v1.2"], ["v10.2", "v12"]],
  ["a.b", ["a.b"], ["axb"]],
  ["a.b*", ["a.bc"], ["axbc"]],
])("namePattern(%j)", (glob, yes, no) => {
  const matches = namePattern(glob);
  expect(yes.filter((name) => !matches(name))).toEqual([]);
  expect(no.filter(matches)).toEqual([]);
});

test("a pattern that cannot be read is refused", () => {
  expect(() => namePattern("a{b")).toThrow("a { has no }");
  expect(() => namePattern(`*${"a".repeat(600)}`)).toThrow("longer than 512");
});

/** The same as a regular expression, whose work may grow with a power of the name's length. */
function asExpression(glob: string): RegExp {
  let isWithin = false;
  const text = glob.replaceAll(/\*\*|[*?{},]|[^*?{},]+/g, (part) => {
    if (part === "**") return ".*";
    if (part === "*") return "[^/]*";
    if (part === "?") return "[^/]";
    if (part === (isWithin ? "}" : "{")) {
      isWithin = !isWithin;
      return isWithin ? "(?:" : ")";
    }
    return part === "," && isWithin ? "|" : RegExp.escape(part);
  });
  return new RegExp(`^${text}$`);
}

test("a pattern matches what the regular expression of its wildcards matches", () => {
  const piece = fc.constantFrom("a", "b", "/", ".", "*", "**", "?", "{", "}", ",", "{a,b*}", "{,a/}", "ab");
  const glob = fc.array(piece, { maxLength: 9 }).map((pieces) => pieces.join(""));
  const name = fc.array(fc.constantFrom("a", "b", "/", ".", "ab", "{", ","), { maxLength: 9 });
  let matching = 0;
  fc.assert(
    fc.property(glob, fc.array(name, { minLength: 8, maxLength: 8 }), (pattern, names) => {
      let expression: RegExp;
      try {
        expression = asExpression(pattern);
      } catch {
        return expect(() => namePattern(pattern)).toThrow("a { has no }");
      }
      const matches = namePattern(pattern);
      for (const text of names.map((pieces) => pieces.join(""))) {
        if (matches(text)) matching++;
        expect([pattern, text, matches(text)]).toEqual([pattern, text, expression.test(text)]);
      }
    }),
    { numRuns: 2000 },
  );
  expect(matching).toBeGreaterThan(500);
});

test.each([
  ["**a**b", "a".repeat(255)],
  [`{${"a,".repeat(120)}}{${"a,".repeat(120)}}c`, "a".repeat(255)],
  ["**a**a**a**a**b", "a".repeat(255)],
  [`${"*a".repeat(200)}b`, "a".repeat(255)],
  [`${"{a,aa}".repeat(80)}b`, "a".repeat(255)],
  [`${"{*,**}".repeat(80)}b`, "a/".repeat(127)],
  [`{${"**,".repeat(160)}}{${"b,".repeat(10)}}c`, "a".repeat(255)],
  // A regular expression would go on for ever.
])("a name is refused by %s", (glob, name) => {
  expect(namePattern(glob)(name)).toBe(false);
});
