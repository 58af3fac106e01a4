import { namePattern } from "../oci/mod.ts";
import type { ImmutableRule, RetentionRule } from "./retention-rule.ts";

/** The first rule whose patterns match a repository. */
export function firstMatching<R extends { readonly repositories: readonly string[] }>(
  rules: readonly R[],
): (repository: string) => R | undefined {
  const compiled = rules.map((rule) => ({ rule, patterns: rule.repositories.map(namePattern) }));
  return (repository) =>
    compiled.find(({ patterns }) => patterns.some((matches) => matches(repository)))?.rule;
}

/** True for a tag that some rule makes immutable. @throws KasaneError `usage` for a pattern that cannot be read */
export function immutableTags(rules: readonly ImmutableRule[]): (repository: string, tag: string) => boolean {
  if (rules.length === 0) return () => false;
  const compiled = rules.map(({ repositories, tags }) => ({
    repositories: repositories.map(namePattern),
    tags: tags.map(namePattern),
  }));
  return (repository, tag) =>
    compiled.some(
      (rule) =>
        rule.tags.some((matches) => matches(tag)) && rule.repositories.some((matches) => matches(repository)),
    );
}

/** @throws KasaneError `usage` naming the rule that says nothing or keeps nothing */
export function checkRetention(rules: readonly RetentionRule[]): void {
  for (const rule of rules) {
    for (const glob of [...rule.repositories, ...(rule.tags ?? []), ...(rule.keep.tags ?? [])]) {
      namePattern(glob);
    }
  }
}
