import { BoundedMap, KasaneError } from "../lib/mod.ts";
import { namePattern } from "../oci/mod.ts";
import type { Caller } from "../registry/mod.ts";
import type { AccessConfig, AccessRule } from "./access-config.ts";
import { actionSet, everyRight, type Grant, noRights, type Rights, rightsOf } from "./rights.ts";

const rememberedCallers = 256;

/**
 * The configured rules. Rights add up, so a rule never takes one away. What anonymous callers may do, everybody may. Robots get what
 * they were given and what rules give them by name: rules for everybody who is logged in are for people.
 */
export class AccessRules {
  readonly #rules: readonly CompiledRule[];
  readonly #groupsOf: ReadonlyMap<string, ReadonlySet<string>>;
  readonly #callers = new BoundedMap<string, Rights>(rememberedCallers);
  readonly anonymous: Rights;
  /** Whether there is anything that anonymous callers may do. */
  readonly hasAnonymous: boolean;

  /** @throws KasaneError `usage` for patterns that cannot be read and groups that are not there */
  constructor({ rules, groups }: Pick<AccessConfig, "rules" | "groups">) {
    this.#rules = rules.map((rule, index) => compile(rule, { groups, number: index + 1 }));
    this.#groupsOf = membership(groups);
    this.hasAnonymous = rules.some((rule) => rule.isForAnonymous);
    this.anonymous = rightsOf(this.#grants({ kind: "anonymous", name: "" }));
  }

  /** `own`: what the caller has beside the rules. */
  rightsOf(caller: Caller, own: readonly Grant[] = []): Rights {
    if (this.#rules.length === 0 && own.length === 0) {
      return caller.kind === "user" || caller.kind === "certificate" ? everyRight : noRights;
    }
    if (own.length > 0) return rightsOf([...own, ...this.#grants(caller)]);
    const key = `${caller.kind}:${caller.name}`;
    let rights = this.#callers.get(key);
    if (rights === undefined) {
      rights = rightsOf(this.#grants(caller));
      this.#callers.set(key, rights);
    }
    return rights;
  }

  #grants(caller: Caller): Grant[] {
    const groups = this.#groupsOf.get(caller.name);
    const isPerson = caller.kind === "user" || caller.kind === "certificate";
    const isNamed = isPerson || caller.kind === "robot";
    return this.#rules.flatMap(({ rule, users, matches, actions }) => {
      const isMeant =
        rule.isForAnonymous ||
        (isPerson && rule.isForUsers) ||
        (isNamed && (users.has(caller.name) || rule.groups.some((group) => groups?.has(group))));
      return isMeant ? [{ matches: matches(isNamed ? caller.name : ""), actions }] : [];
    });
  }
}

interface CompiledRule {
  readonly rule: AccessRule;
  readonly users: ReadonlySet<string>;
  readonly actions: number;
  readonly matches: (userName: string) => (repository: string) => boolean;
}

function compile(
  rule: AccessRule,
  { groups, number }: { groups: AccessConfig["groups"]; number: number },
): CompiledRule {
  for (const group of rule.groups) {
    if (Object.hasOwn(groups, group)) continue;
    throw new KasaneError("usage", `access rule ${number} names the group ${group}, which is not there`, {
      hint: "write the group under groups, or correct its name",
    });
  }
  const matchers = rule.repositories.map(userPattern);
  return {
    rule,
    users: new Set(rule.users),
    actions: actionSet(rule.actions),
    matches(userName) {
      const tests = matchers.flatMap((matcher) => matcher(userName) ?? []);
      return tests.length === 1 ? tests[0]! : (repository) => tests.some((matches) => matches(repository));
    },
  };
}

/** A component of repository names: what `{user}` may become. */
const component = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;

/**
 * A pattern with `{user}` is one pattern for each user. A name that could not be part of a repository's matches nothing: called `**`,
 * somebody would own everything, and called `a/b` what belongs to `a`.
 */
function userPattern(glob: string): (userName: string) => ((repository: string) => boolean) | undefined {
  if (!glob.includes("{user}")) {
    const matches = namePattern(glob);
    return () => matches;
  }
  // Read now, so that a mistake is found at the start.
  namePattern(glob.replaceAll("{user}", "user"));
  return (userName) =>
    component.test(userName) ? namePattern(glob.replaceAll("{user}", userName)) : undefined;
}

function membership(groups: AccessConfig["groups"]): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const [group, members] of Object.entries(groups)) {
    for (const member of members) found.set(member, (found.get(member) ?? new Set()).add(group));
  }
  return found;
}
