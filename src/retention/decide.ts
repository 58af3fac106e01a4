import { compare } from "semver";
import type { TagRecord } from "../meta/mod.ts";
import { namePattern } from "../oci/mod.ts";
import type { RetentionRule } from "./retention-rule.ts";
import { type TagVersion, tagVersion } from "./tag-version.ts";

export interface TagDecision {
  readonly tag: TagRecord;
  readonly isKept: boolean;
  /** For people: which part of the rule keeps it, or that none does. */
  readonly reason: string;
}

export interface DecideOptions {
  readonly nowMs: number;
  readonly isImmutable: (tag: string) => boolean;
  /** What `taggedAtMs` is the time of, for the reasons; absent: pushes. */
  readonly verb?: "pushed" | "tagged";
}

/** Decides about all tags of one repository together: "the last ten" is said of all of them. In the order of `tags`. */
export function decideTags(
  rule: RetentionRule,
  tags: readonly TagRecord[],
  { nowMs, isImmutable, verb = "pushed" }: DecideOptions,
): TagDecision[] {
  const isMeant = anyOf(rule.tags ?? ["**"]);
  const meant = tags.filter(({ tag }) => isMeant(tag));
  const keepers = reasonsToKeep(rule, meant, { nowMs, verb });
  return tags.map((tag) => {
    if (!isMeant(tag.tag)) return { tag, isKept: true, reason: "not a tag this rule looks at" };
    if (isImmutable(tag.tag)) return { tag, isKept: true, reason: "immutable" };
    for (const keeper of keepers) {
      const reason = keeper(tag);
      if (reason !== undefined) return { tag, isKept: true, reason };
    }
    return { tag, isKept: false, reason: "nothing in the rule keeps it" };
  });
}

type Keeper = (tag: TagRecord) => string | undefined;

function reasonsToKeep(
  { keep }: RetentionRule,
  tags: readonly TagRecord[],
  { nowMs, verb }: { nowMs: number; verb: string },
): Keeper[] {
  const keepers: Keeper[] = [];
  if (keep.tags !== undefined) {
    const isNamed = anyOf(keep.tags);
    keepers.push(({ tag }) => (isNamed(tag) ? "its name is one to keep" : undefined));
  }
  if (keep.semver !== undefined) keepers.push(keepVersions(keep.semver, tags));
  const { last, pushedWithinMs, pulledWithinMs } = keep;
  if (last !== undefined) {
    const latest = new Set([...tags].sort(latestFirst).slice(0, last));
    keepers.push((tag) => (latest.has(tag) ? `one of the last ${last} ${verb}` : undefined));
  }
  if (pushedWithinMs !== undefined) {
    keepers.push((tag) => (nowMs - tag.taggedAtMs < pushedWithinMs ? `${verb} lately` : undefined));
  }
  if (pulledWithinMs !== undefined) {
    keepers.push(({ pulledAtMs }) =>
      pulledAtMs !== undefined && nowMs - pulledAtMs < pulledWithinMs ? "pulled lately" : undefined,
    );
  }
  return keepers;
}

/** Of equal times the later name counts as the later push, so that two runs say the same. */
function latestFirst(a: TagRecord, b: TagRecord): number {
  return b.taggedAtMs - a.taggedAtMs || (a.tag < b.tag ? 1 : -1);
}

/** Each variant (`-alpine`) has lines of its own: otherwise the images of one would crowd out another's. */
function keepVersions(
  wanted: NonNullable<RetentionRule["keep"]["semver"]>,
  tags: readonly TagRecord[],
): Keeper {
  const versions = new Map<string, TagVersion>();
  for (const { tag } of tags) {
    const version = tagVersion(tag);
    if (version && (wanted.prereleases || !version.isPrerelease)) versions.set(tag, version);
  }
  const kept = new Map<string, string>();
  for (const group of Map.groupBy(versions, ([, version]) => version.variant).values()) {
    const lines = latestLines(group, wanted.lines);
    for (const [tag, version] of group) {
      const line = lines.find(({ major, minor }) => isOnLine(version, major, minor));
      if (line === undefined) continue;
      const name = `${line.major}.${line.minor}`;
      if (version.full === undefined) kept.set(tag, `floats on the kept line ${name}`);
      else if (line.versions.slice(0, wanted.perLine).includes(version.full)) {
        kept.set(tag, `version ${version.full} of the line ${name}`);
      }
    }
  }
  return ({ tag }) => kept.get(tag);
}

interface VersionLine {
  readonly major: number;
  readonly minor: number;
  /** Latest first, each once. */
  readonly versions: readonly string[];
}

function latestLines(group: readonly [string, TagVersion][], count: number): VersionLine[] {
  const full = group.flatMap(([, version]) => (version.full === undefined ? [] : [version]));
  const lines = Map.groupBy(full, ({ major, minor }) => `${major}.${minor}`);
  return [...lines.values()]
    .map((versions) => ({
      major: versions[0]!.major,
      minor: versions[0]!.minor!,
      versions: [...new Set(versions.map(({ full }) => full!))].sort((a, b) => compare(b, a)),
    }))
    .sort((a, b) => b.major - a.major || b.minor - a.minor)
    .slice(0, count);
}

function isOnLine(version: TagVersion, major: number, minor: number): boolean {
  return version.major === major && (version.minor === undefined || version.minor === minor);
}

function anyOf(globs: readonly string[]): (name: string) => boolean {
  const patterns = globs.map(namePattern);
  return (name) => patterns.some((matches) => matches(name));
}
