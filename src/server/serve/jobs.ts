import { applyRetention } from "../../retention/mod.ts";
import { collectGarbage } from "../../store/mod.ts";
import type { RunningPullThrough, UpstreamConfig } from "../../sync/mod.ts";
import type { ServerConfig } from "../config/server-config.ts";
import type { AuditLog, Metrics } from "../observe/mod.ts";
import { purgeUploads } from "../schedule/purge-uploads.ts";
import type { Job } from "../schedule/start-jobs.ts";
import { registryRules } from "./registry-rules.ts";
import { RetentionNotice } from "./retention-notice.ts";
import type { ServedStore } from "./served-store.ts";

const hourMs = 60 * 60_000;

/** Drops from mirrors what nobody pulls. */
export function mirrorJob(pullThrough: RunningPullThrough, upstreams: readonly UpstreamConfig[]): Job {
  const ttls = upstreams.map(({ unusedTtlMs }) => unusedTtlMs).filter((ttlMs) => ttlMs > 0);
  const intervalMs = ttls.length === 0 ? undefined : Math.max(1000, Math.min(hourMs, ...ttls));
  return {
    name: "mirrors",
    intervalMs: () => intervalMs,
    async run() {
      await pullThrough.dropUnused();
    },
  };
}

/** The server's own work on its store. `config` is asked each time: it may be read again while serving. */
export function storeJobs(
  store: ServedStore,
  parts: {
    readonly config: () => ServerConfig;
    readonly audit: AuditLog | undefined;
    readonly garbage: Metrics["garbage"];
    /** One sentence for the log. */
    readonly tell: (message: string) => void;
  },
): Job[] {
  const { config, audit, garbage, tell } = parts;
  return [
    {
      name: "garbage",
      intervalMs: () => (config().garbage.isEnabled ? config().garbage.intervalMs : undefined),
      async run(signal) {
        const { graceMs, untaggedAfterMs } = config().garbage;
        const { blobs, manifests, links, freedBytes } = await collectGarbage(store, {
          graceMs,
          ...(untaggedAfterMs === undefined ? {} : { untaggedAfterMs }),
          signal,
        });
        garbage.removedBlobs.value += blobs;
        garbage.freedBytes.value += freedBytes;
        if (blobs + manifests + links > 0) {
          await audit?.record({ action: "collected", detail: { blobs, manifests, links, freedBytes } });
        }
      },
    },
    {
      name: "retention",
      intervalMs: () => (config().retention.rules.length > 0 ? config().retention.intervalMs : undefined),
      async run(signal) {
        const { isImmutable, undoMs } = registryRules(config());
        const { rules, isDryRun } = config().retention;
        const notice = isDryRun ? new RetentionNotice(tell) : undefined;
        const { removed, repositories } = await applyRetention(store.meta, {
          rules,
          isImmutable,
          undoMs,
          isDryRun,
          signal,
          ...(notice ? { onDecision: notice.onDecision } : {}),
        });
        notice?.end();
        if (removed > 0 && !isDryRun)
          await audit?.record({ action: "retired", detail: { tags: removed, repositories } });
      },
    },
    {
      name: "uploads",
      intervalMs: () => (config().uploads.isPurged ? config().uploads.intervalMs : undefined),
      async run(signal) {
        await purgeUploads(store, { olderThanMs: config().uploads.purgeAfterMs, signal });
      },
    },
  ];
}
