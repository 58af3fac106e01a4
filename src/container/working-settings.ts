import type { Digest, HistoryEntry, Platform } from "../oci/mod.ts";

/** What a working container has beside what every container has: what its commit says differently from the image it began with. */
export interface WorkingSettings {
  /** The image it began with; absent: from scratch. */
  readonly base?: {
    /** Canonical; absent where it was named by an id and has no name. */
    readonly name?: string;
    /** Of its manifest. */
    readonly digest: Digest;
  };
  readonly platform: Platform;
  readonly author?: string;
  /** `created_by` of the history entry that a commit adds. */
  readonly createdBy?: string;
  readonly historyComment?: string;
  /** Docker images only. */
  readonly comment?: string;
  readonly hostname?: string;
  readonly domainname?: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** Entries without a layer, from `--add-history`: before the one of the commit. */
  readonly history: readonly HistoryEntry[];
}
