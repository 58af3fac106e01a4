import type { ImmutableRule, RetentionRule } from "../../retention/mod.ts";
import { configError } from "./config-error.ts";
import { checkedPatterns, optionalPatterns } from "./patterns.ts";
import type { GarbageConfig, QuotaConfig, ServerConfig } from "./server-config.ts";
import type { Settings } from "./settings.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** What stays, how much of it, and who may not change it. */
export function contentConfig(
  settings: Settings,
  warnings: string[],
): Pick<ServerConfig, "rules" | "garbage" | "retention" | "uploads"> {
  if (settings.items("kasane.retention.rules").length > 0 && !settings.has("kasane.gc.untagged")) {
    warnings.push(
      `${settings.origin("kasane.retention.rules").place}: kasane.retention takes tags away and nothing else: set kasane.gc.untagged, or no room is freed`,
    );
  }
  return {
    rules: {
      isReadOnly: settings.flag("storage.maintenance.readonly.enabled") ?? false,
      // Whoever names a store in distribution's words gets distribution's default with it: nothing is deleted that could not be before.
      isDeleteEnabled: settings.flag("storage.delete.enabled") ?? !namesDriver(settings),
      immutable: settings.items("kasane.immutable").map(immutableRule),
      quotas: quotaConfig(settings),
    },
    garbage: garbageConfig(settings),
    retention: {
      rules: settings.items("kasane.retention.rules").map(retentionRule),
      intervalMs: interval(settings, "kasane.retention.interval", hourMs),
      isDryRun: settings.flag("kasane.retention.dryrun") ?? false,
    },
    uploads: uploadConfig(settings, warnings),
  };
}

function namesDriver(settings: Settings): boolean {
  return settings.has("storage.filesystem") || settings.has("storage.inmemory");
}

function immutableRule(rule: Settings): ImmutableRule {
  return { repositories: checkedPatterns(rule, "repositories"), tags: checkedPatterns(rule, "tags") };
}

function quotaConfig(settings: Settings): QuotaConfig {
  const totalBytes = settings.number("kasane.quotas.total");
  return {
    ...(totalBytes === undefined ? {} : { totalBytes }),
    repositories: settings.items("kasane.quotas.repositories").map((quota) => {
      const bytes = quota.number("size");
      if (bytes === undefined)
        throw configError(quota.origin("size"), "there is no size", "for example 20GB");
      return { repositories: checkedPatterns(quota, "repositories"), bytes };
    }),
  };
}

function garbageConfig(settings: Settings): GarbageConfig {
  const untaggedAfterMs = settings.number("kasane.gc.untagged");
  return {
    isEnabled: settings.flag("kasane.gc.enabled") ?? true,
    graceMs: settings.number("kasane.gc.grace") ?? dayMs,
    undoMs: settings.number("kasane.gc.undo") ?? dayMs,
    ...(untaggedAfterMs === undefined ? {} : { untaggedAfterMs }),
    intervalMs: interval(settings, "kasane.gc.interval", 5 * minuteMs),
  };
}

function retentionRule(rule: Settings): RetentionRule {
  const tags = optionalPatterns(rule, "tags");
  const [last, pushedWithinMs, pulledWithinMs] = ["last", "pushed", "pulled"].map((name) =>
    rule.number(`keep.${name}`),
  );
  const kept = optionalPatterns(rule, "keep.tags");
  const keep = {
    ...(last === undefined ? {} : { last }),
    ...(pushedWithinMs === undefined ? {} : { pushedWithinMs }),
    ...(pulledWithinMs === undefined ? {} : { pulledWithinMs }),
    ...(kept ? { tags: kept } : {}),
    ...(rule.has("keep.semver")
      ? {
          semver: {
            lines: rule.number("keep.semver.lines") ?? 1,
            perLine: rule.number("keep.semver.perline") ?? 1,
            prereleases: rule.flag("keep.semver.prereleases") ?? false,
          },
        }
      : {}),
  };
  // A rule that keeps nothing would empty its repositories: nobody writes that on purpose.
  if (Object.keys(keep).length === 0) {
    throw configError(
      rule.origin("keep"),
      "the rule keeps nothing",
      "give it keep.last, keep.pushed, keep.pulled, keep.tags or keep.semver",
    );
  }
  return { repositories: checkedPatterns(rule, "repositories"), ...(tags ? { tags } : {}), keep };
}

function uploadConfig(settings: Settings, warnings: string[]): ServerConfig["uploads"] {
  const path = "storage.maintenance.uploadpurging";
  const isDry = settings.flag(`${path}.dryrun`) ?? false;
  if (isDry)
    warnings.push(
      `${settings.origin(`${path}.dryrun`).place}: ${path}.dryrun: unfinished uploads are neither removed nor listed`,
    );
  return {
    isPurged: !isDry && (settings.flag(`${path}.enabled`) ?? true),
    purgeAfterMs: settings.number(`${path}.age`) ?? 7 * dayMs,
    intervalMs: interval(settings, `${path}.interval`, dayMs),
  };
}

/** A background job that runs without a pause would be all the server does. */
function interval(settings: Settings, path: string, defaultMs: number): number {
  const value = settings.number(path) ?? defaultMs;
  if (value >= 1000) return value;
  throw configError(settings.origin(path), "shorter than a second");
}
