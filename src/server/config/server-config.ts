import type { AccessConfig } from "../../access/mod.ts";
import type { UnfinishedLimits } from "../../registry/mod.ts";
import type { ImmutableRule, RetentionRule } from "../../retention/mod.ts";
import type { UpstreamConfig } from "../../sync/mod.ts";

/** Everything `kasane serve` can be told, from command-line flags, distribution's YAML, REGISTRY_ variables: in one form. */
export interface ServerConfig {
  /** The store's directory: `storage.filesystem.rootdirectory`. Absent: the local image store. */
  readonly root?: string;
  /** `storage.inmemory`: nothing outlives the process. */
  readonly isInMemory: boolean;
  readonly http: HttpConfig;
  readonly access?: AccessConfig;
  readonly rules: {
    readonly isReadOnly: boolean;
    readonly isDeleteEnabled: boolean;
    readonly immutable: readonly ImmutableRule[];
    readonly quotas: QuotaConfig;
  };
  readonly garbage: GarbageConfig;
  readonly retention: {
    readonly rules: readonly RetentionRule[];
    readonly intervalMs: number;
    /** The log tells what would go. */
    readonly isDryRun: boolean;
  };
  readonly upstreams: readonly UpstreamConfig[];
  readonly notifications: readonly NotificationEndpoint[];
  readonly limits: LimitsConfig;
  readonly logs: LogConfig;
  /** `storage.maintenance.uploadpurging`. */
  readonly uploads: {
    readonly isPurged: boolean;
    readonly purgeAfterMs: number;
    readonly intervalMs: number;
  };
}

export interface HttpConfig {
  /** As parseAddress() takes it. */
  readonly address: string;
  /** Path before `/v2/`: starts and ends with a slash where there is one. */
  readonly prefix: string;
  /** `http.host`: the URL clients know this server by, for Location and the token realm. */
  readonly externalUrl?: string;
  readonly isRelativeUrls: boolean;
  /** How long shutting down waits for transfers, ms. */
  readonly drainTimeoutMs: number;
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly tls?: TlsConfig;
  /** Health and metrics on an address of their own: `http.debug`. */
  readonly debug?: { readonly address: string; readonly metricsPath?: string };
  /** Metrics on the registry's own address, at `/metrics`, for callers with this right: `kasane.metrics`. */
  readonly isMetricsOnMain: boolean;
  /** Addresses and networks whose word on the client's address counts: `kasane.http.trustedproxies`. */
  readonly trustedProxies: readonly string[];
}

/** Files, because they are read again when they change. */
export interface TlsConfig {
  readonly certificatePath: string;
  readonly keyPath: string;
  readonly clientCaPaths: readonly string[];
  /** Distribution's `clientauth`: a certificate is asked for, demanded, verified if given, demanded and verified. */
  readonly clientAuth: "request" | "require" | "verify-if-given" | "require-and-verify";
  readonly minimumVersion: "TLSv1.2" | "TLSv1.3";
}

export interface QuotaConfig {
  readonly totalBytes?: number;
  /** The first that matches. */
  readonly repositories: readonly { readonly repositories: readonly string[]; readonly bytes: number }[];
}

export interface GarbageConfig {
  readonly isEnabled: boolean;
  readonly graceMs: number;
  readonly undoMs: number;
  /** Absent: untagged manifests stay. */
  readonly untaggedAfterMs?: number;
  readonly intervalMs: number;
}

/** Distribution's `notifications.endpoints[]`. */
export interface NotificationEndpoint {
  readonly name: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly timeoutMs: number;
  readonly threshold: number;
  readonly backoffMs: number;
  readonly ignoredMediaTypes: readonly string[];
  readonly ignoredActions: readonly string[];
  /** `events.includereferences`. */
  readonly includesReferences: boolean;
}

export interface LimitsConfig {
  /** Per client (caller's name, else address). Absent: none. */
  readonly rate?: { readonly requestsPerSecond: number; readonly burst: number };
  /** Uploads of one client at the same time. */
  readonly uploadsPerClient?: number;
  /** Of one client, in all processes. */
  readonly unfinished: UnfinishedLimits;
  /** A connection that sends nothing for so long is closed, ms. */
  readonly idleMs: number;
  /** Largest blob, bytes. */
  readonly blobBytes?: number;
}

export interface LogConfig {
  readonly level: "error" | "warn" | "info" | "debug";
  readonly format: "text" | "json";
  readonly isAccessLogEnabled: boolean;
  /** JSON lines of who changed what; a path, or `-` for standard error. */
  readonly auditPath?: string;
  /** A file of this size becomes an old one. Absent: never. */
  readonly auditRotateBytes?: number;
  /** Added to every line: `log.fields`. */
  readonly fields: Readonly<Record<string, string>>;
}
