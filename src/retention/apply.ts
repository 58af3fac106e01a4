import { isKasaneError } from "../lib/mod.ts";
import type { Meta, TagRecord } from "../meta/mod.ts";
import { decideTags, type TagDecision } from "./decide.ts";
import { firstMatching } from "./repository-rules.ts";
import type { RetentionRule } from "./retention-rule.ts";

export interface RetentionOptions {
  readonly rules: readonly RetentionRule[];
  readonly isImmutable: (repository: string, tag: string) => boolean;
  /** How long what goes can be brought back, ms. */
  readonly undoMs: number;
  /** Decides and tells, and removes nothing. */
  readonly isDryRun: boolean;
  readonly nowMs?: number;
  /** Told of every tag of every repository that a rule matches, before it goes. */
  readonly onDecision?: (repository: string, decision: TagDecision) => void;
  readonly signal?: AbortSignal;
}

export interface RetentionReport {
  readonly repositories: number;
  readonly kept: number;
  readonly removed: number;
}

const pageSize = 1000;
/** Of one repository, all are needed at once: "the last ten" is said of all of them. */
const tagLimit = 1_000_000;

/**
 * Goes through all repositories and takes the tags that no rule keeps. Only names go: a manifest that another tag, an index or a subject
 * keeps stays, and what nothing keeps is for the garbage collector. A tag that moves meanwhile stays.
 */
export async function applyRetention(meta: Meta, options: RetentionOptions): Promise<RetentionReport> {
  const ruleOf = firstMatching(options.rules);
  const report = { repositories: 0, kept: 0, removed: 0 };
  for await (const repository of allRepositories(meta)) {
    options.signal?.throwIfAborted();
    const rule = ruleOf(repository);
    if (rule === undefined) continue;
    report.repositories++;
    const tags = await allTags(meta, repository);
    const isImmutable = (tag: string) => options.isImmutable(repository, tag);
    for (const decision of decideTags(rule, tags, { nowMs: options.nowMs ?? Date.now(), isImmutable })) {
      options.onDecision?.(repository, decision);
      const goes = !decision.isKept && (options.isDryRun || (await remove(decision.tag, repository)));
      report[goes ? "removed" : "kept"]++;
    }
  }
  return report;

  async function remove({ tag, digest }: TagRecord, repository: string): Promise<boolean> {
    try {
      return await meta.repositories.deleteTag(repository, tag, {
        digest,
        undoMs: options.undoMs,
        isImmutable: (name) => options.isImmutable(repository, name),
      });
    } catch (error) {
      if (isKasaneError(error, "denied")) return false;
      throw error;
    }
  }
}

async function* allRepositories(meta: Meta): AsyncGenerator<string> {
  for (let after: string | undefined; ; ) {
    const page = await meta.repositories.list({
      ...(after === undefined ? {} : { after }),
      limit: pageSize,
    });
    yield* page;
    if (page.length < pageSize) return;
    after = page.at(-1);
  }
}

async function allTags(meta: Meta, repository: string): Promise<TagRecord[]> {
  const tags: TagRecord[] = [];
  for (let after: string | undefined; tags.length < tagLimit; ) {
    const page = await meta.repositories.tagDetails(repository, {
      ...(after === undefined ? {} : { after }),
      limit: pageSize,
    });
    tags.push(...page);
    if (page.length < pageSize) break;
    after = page.at(-1)?.tag;
  }
  return tags;
}
