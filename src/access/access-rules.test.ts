import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Action, Caller } from "../registry/mod.ts";
import type { AccessRule } from "./access-config.ts";
import { AccessRules } from "./access-rules.ts";
import { rule } from "./testing/access-fixture.ts";

const actions = ["pull", "push", "delete"] as const;
const user = (name: string): Caller => ({ kind: "user", name });
const anonymous: Caller = { kind: "anonymous", name: "" };
const may = (rules: AccessRule[], caller: Caller, action: Action, repository: string, groups = {}) =>
  new AccessRules({ rules, groups }).rightsOf(caller).allows(action, repository);

describe("AccessRules", () => {
  test("without rules whoever is logged in may do everything, and anonymous callers nothing", () => {
    expect(may([], user("alice"), "delete", "a/b")).toBe(true);
    expect(may([], { kind: "certificate", name: "x" }, "delete", "a/b")).toBe(true);
    for (const kind of ["anonymous", "robot", "token"] as const) {
      expect(may([], { kind, name: kind === "anonymous" ? "" : "x" }, "pull", "a/b")).toBe(false);
    }
  });

  test.each([
    ["**", "a/b/c", true],
    ["team/*", "team/a", true],
    ["team/*", "team/a/b", false],
    ["team/**", "team/a/b", true],
    ["team/**", "teams/a", false],
    ["{user}/**", "alice/x", true],
    ["{user}/**", "bob/x", false],
    ["users/{user}", "users/alice", true],
    ["{a,{user}", "alice", undefined],
  ])("pattern %s and repository %s", (pattern, repository, expected) => {
    const decide = () =>
      may([rule({ repositories: [pattern], isForUsers: true })], user("alice"), "pull", repository);
    if (expected === undefined) expect(decide).toThrow(expect.objectContaining({ code: "usage" }));
    else expect(decide()).toBe(expected);
  });

  test.each([
    "**",
    "*",
    "?????",
    "{a,b}",
    "a/b",
    "../x",
    "Alice",
    "a b",
    "",
    "-a",
    "a,**",
    "robot+alice",
  ])("a user called %j owns nothing by {user}", (name) => {
    const rules = [rule({ repositories: ["{user}/**", "{user}", "x/{user}/**"], isForUsers: true })];
    const rights = new AccessRules({ rules, groups: {} }).rightsOf(user(name));
    for (const repository of ["a/b", "alice/x", "x/alice/y", "a", "b", "hello", "x/y/z"]) {
      expect(rights.allows("pull", repository)).toBe(false);
    }
  });

  test("users, groups, everybody who is logged in, and anonymous callers", () => {
    const rules = [
      rule({ repositories: ["u/*"], users: ["alice"], actions: ["push"] }),
      rule({ repositories: ["g/*"], groups: ["dev"], actions: ["delete"] }),
      rule({ repositories: ["l/*"], isForUsers: true }),
      rule({ repositories: ["a/*"], isForAnonymous: true }),
    ];
    const groups = { dev: ["bob", "robot+ci"], constructor: [] };
    const table = (caller: Caller) =>
      ["u", "g", "l", "a"].map((name) =>
        actions.filter((action) => may(rules, caller, action, `${name}/x`, groups)),
      );
    expect(table(user("alice"))).toEqual([["push"], [], ["pull"], ["pull"]]);
    expect(table(user("bob"))).toEqual([[], ["delete"], ["pull"], ["pull"]]);
    expect(table(anonymous)).toEqual([[], [], [], ["pull"]]);
    expect(table({ kind: "robot", name: "robot+ci" })).toEqual([[], ["delete"], [], ["pull"]]);
    // A token's subject is a name of another service, not of ours.
    expect(table({ kind: "token", name: "alice" })).toEqual([[], [], [], ["pull"]]);
  });

  test("a group that is not there is refused", () => {
    expect(() => new AccessRules({ rules: [rule({ groups: ["toString"] })], groups: {} })).toThrow(
      expect.objectContaining({ code: "usage" }),
    );
  });

  const names = fc.constantFrom("alice", "bob", "team", "**", "robot+ci");
  const patterns = fc.constantFrom(
    "**",
    "*",
    "team/*",
    "team/**",
    "{user}/**",
    "{alice,bob}/*",
    "alice/x",
    "?ob/**",
  );
  const repositories = fc.constantFrom("alice/x", "bob/x", "team/x", "team/a/b", "x");
  const callers = fc.oneof(
    fc.constant(anonymous),
    names.map(user),
    fc.constant<Caller>({ kind: "robot", name: "robot+ci" }),
    names.map((name): Caller => ({ kind: "token", name })),
  );
  const rules = fc.record({
    repositories: fc.array(patterns, { maxLength: 3 }),
    actions: fc.subarray([...actions]),
    users: fc.array(names, { maxLength: 2 }),
    groups: fc.subarray(["dev", "ops"]),
    isForAnonymous: fc.boolean(),
    isForUsers: fc.boolean(),
  });
  const groups = fc.record({ dev: fc.array(names), ops: fc.array(names) });
  const all = (given: AccessRule[], callerGroups: Record<string, string[]>, caller: Caller) => {
    const rights = new AccessRules({ rules: given, groups: callerGroups }).rightsOf(caller);
    return (action: Action, name: string) => rights.allows(action, name);
  };

  test("a rule more never takes a right away, wherever it stands", () => {
    fc.assert(
      fc.property(
        fc.array(rules, { minLength: 1, maxLength: 5 }),
        rules,
        fc.nat(),
        groups,
        callers,
        repositories,
        (given, added, at, members, caller, repository) => {
          const before = all(given, members, caller);
          const after = all(given.toSpliced(at % (given.length + 1), 0, added), members, caller);
          for (const action of actions) {
            if (before(action, repository)) expect(after(action, repository)).toBe(true);
          }
        },
      ),
    );
  });

  test("the order of rules changes nothing, and what is remembered is what was decided", () => {
    fc.assert(
      fc.property(
        fc.array(rules, { minLength: 1 }),
        groups,
        callers,
        repositories,
        (given, members, caller, repository) => {
          const [one, other] = [all(given, members, caller), all(given.toReversed(), members, caller)];
          for (const action of [...actions, ...actions]) {
            expect(one(action, repository)).toBe(other(action, repository));
          }
        },
      ),
    );
  });

  test("everybody may what anonymous callers may", () => {
    fc.assert(
      fc.property(
        fc.array(rules, { minLength: 1 }),
        groups,
        callers,
        repositories,
        (given, members, caller, repository) => {
          for (const action of actions) {
            if (all(given, members, anonymous)(action, repository)) {
              expect(all(given, members, caller)(action, repository)).toBe(true);
            }
          }
        },
      ),
    );
  });
});
