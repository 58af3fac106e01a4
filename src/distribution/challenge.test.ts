import { expect, test } from "bun:test";
import fc from "fast-check";
import { parseChallenges } from "./challenge.ts";

test.each([
  [
    'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"',
    [
      {
        scheme: "bearer",
        params: {
          realm: "https://auth.docker.io/token",
          service: "registry.docker.io",
          scope: "repository:a/b:pull,push",
        },
      },
    ],
  ],
  ['Basic realm="Registry Realm"', [{ scheme: "basic", params: { realm: "Registry Realm" } }]],
  ["Basic", [{ scheme: "basic", params: {} }]],
  [
    'Bearer realm="https://a/token", service="a", Basic realm="x, y=z"',
    [
      { scheme: "bearer", params: { realm: "https://a/token", service: "a" } },
      { scheme: "basic", params: { realm: "x, y=z" } },
    ],
  ],
  [
    'Basic realm="x" , BEARER  Realm = "https://a" ,, error = insufficient_scope',
    [
      { scheme: "basic", params: { realm: "x" } },
      { scheme: "bearer", params: { realm: "https://a", error: "insufficient_scope" } },
    ],
  ],
  ['Bearer realm="a\\"b\\\\c"', [{ scheme: "bearer", params: { realm: 'a"b\\c' } }]],
  [
    "Bearer realm=https://a/token,service=x",
    [{ scheme: "bearer", params: { realm: "https://a/token", service: "x" } }],
  ],
  [
    'Bearer realm="https://a" service="b"',
    [{ scheme: "bearer", params: { realm: "https://a", service: "b" } }],
  ],
  // The first realm counts.
  ['Bearer realm="https://a",realm="https://evil"', [{ scheme: "bearer", params: { realm: "https://a" } }]],
  ['Bearer realm="https://a', [{ scheme: "bearer", params: {} }]],
  ['realm="x"', []],
  [null, []],
  ["", []],
  [",,, ;", []],
])("parseChallenges() reads %s", (header, challenges) => {
  expect(parseChallenges(header).map(({ scheme, params }) => ({ scheme, params: { ...params } }))).toEqual(
    challenges as never,
  );
});

test("parseChallenges() takes any text without failing, and a very long one for none", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      for (const { scheme } of parseChallenges(text)) expect(scheme).toBe(scheme.toLowerCase());
    }),
  );
  expect(parseChallenges(`Bearer realm="${"x".repeat(20_000)}"`)).toEqual([]);
});
