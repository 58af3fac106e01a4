import { familiarName, parseReference } from "../oci/mod.ts";
import { decideTags, firstMatching, type RetentionRule } from "../retention/mod.ts";
import { manifestsOf } from "./find.ts";
import type { PruneReport } from "./local-store.ts";
import { repositoryOf } from "./names.ts";
import { type Going, sweepImages, takeImage } from "./prune.ts";
import { namesWith } from "./remove.ts";
import { keepReserve } from "./reserve.ts";
import { DryRun } from "./space/dry-run.ts";
import type { StoreParts } from "./store-parts.ts";

export interface RetainedName {
  /** Canonical. */
  readonly name: string;
  /** As people type it, without the tag. */
  readonly repository: string;
  readonly tag: string;
  readonly taggedAtMs: number;
  readonly isKept: boolean;
  /** For people: what keeps it, or that nothing does. */
  readonly reason: string;
  /** By taking this name, after those before it that go. */
  readonly freedBytes: number;
}

/**
 * What rules of retention leave of the local names, by the same decisions as for a hosted repository: all tags of one repository together.
 * Patterns are about repositories as people type them (`app`, `team/*`), or with their host. A name whose image a container uses stays, and
 * so does what no rule is about. Only tells: takeNames() takes what is not kept.
 */
export async function retainImages(
  parts: StoreParts,
  options: { rules: readonly RetentionRule[]; nowMs?: number },
): Promise<RetainedName[]> {
  const ruleOf = firstMatching(options.rules);
  const names = await parts.meta.images.listNames();
  const users = await containerUsers(parts);
  const decided: RetainedName[] = [];
  const dryRun = new DryRun();
  for (const [canonical, group] of Map.groupBy(names, ({ name }) => repositoryOf(name))) {
    const repository = familiarName(parseReference(canonical));
    const rule = ruleOf(repository) ?? ruleOf(canonical);
    if (rule === undefined) continue;
    const tags = group.map(({ name, target, taggedAtMs }) => ({
      tag: name.slice(canonical.length + 1),
      digest: target,
      mediaType: "",
      taggedAtMs,
    }));
    const nowMs = options.nowMs ?? Date.now();
    for (const { tag, ...decision } of decideTags(rule, tags, {
      nowMs,
      isImmutable: () => false,
      verb: "tagged",
    })) {
      const name = `${canonical}:${tag.tag}`;
      const user = users.get(tag.digest);
      const { isKept, reason } =
        user && !decision.isKept ? { isKept: true, reason: `container ${user} uses its image` } : decision;
      decided.push({
        name,
        repository,
        tag: tag.tag,
        taggedAtMs: tag.taggedAtMs,
        isKept,
        reason,
        freedBytes: 0,
      });
    }
  }
  return withFigures(parts, decided, dryRun);
}

/**
 * Takes canonical names, each with its image when it was the last, and collects garbage once. What is gone meanwhile, or what a container
 * was made of, is passed over.
 */
export async function takeNames(parts: StoreParts, names: readonly string[]): Promise<PruneReport> {
  const users = await containerUsers(parts);
  const taken: Going[] = [];
  for (const name of names) {
    const record = await parts.meta.images.byName(name);
    if (record === undefined || users.has(record.target)) continue;
    const { target } = record;
    taken.push(await takeImage(parts, { target, names: namesWith(name, record), deleteUnnamed: true }));
  }
  const report = await sweepImages(parts, taken);
  await parts.layout.refresh();
  keepReserve(parts.root);
  return report;
}

async function withFigures(
  parts: StoreParts,
  decided: readonly RetainedName[],
  dryRun: DryRun,
): Promise<RetainedName[]> {
  const removals = [];
  for (const { name, isKept } of decided) {
    if (isKept) continue;
    const record = await parts.meta.images.byName(name);
    const left = record && dryRun.left(record);
    if (left === undefined) continue;
    const removal = { target: left.target, names: namesWith(name, left), deleteUnnamed: true };
    dryRun.plan(removal);
    removals.push({ name, removal });
  }
  const outcomes = await dryRun.outcomes(parts);
  const freed = new Map(removals.map(({ name }, index) => [name, outcomes[index]!.freedBytes]));
  return decided.map((each) => ({ ...each, freedBytes: freed.get(each.name) ?? 0 }));
}

/** A container's name by the target of the image that it was made from. */
async function containerUsers(parts: StoreParts): Promise<Map<string, string>> {
  const containers = await parts.meta.containers.list();
  const users = new Map<string, string>();
  if (containers.length === 0) return users;
  const nameOf = new Map<string, string>(
    containers.map(({ image, name, id }) => [image, name || id.slice(0, 12)]),
  );
  for (const { target } of await parts.meta.images.list()) {
    const contents = await manifestsOf(parts, target);
    const digests = [target, ...contents.flatMap(({ manifest, config }) => [manifest, config])];
    const user = digests.map((digest) => nameOf.get(digest)).find((name) => name !== undefined);
    if (user !== undefined) users.set(target, user);
  }
  return users;
}
