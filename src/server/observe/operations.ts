import type { Meta } from "../../meta/mod.ts";
import type { Guard, Registry, RegistryObserver } from "../../registry/mod.ts";
import type { HttpConfig, LimitsConfig, LogConfig, NotificationEndpoint } from "../config/server-config.ts";
import type { AuditLog } from "./audit-log.ts";
import type { Health } from "./health.ts";
import type { Metrics } from "./metrics.ts";

export interface OperationsOptions {
  readonly meta: Meta;
  /** The store's directory: whether it can be written is a part of readiness. */
  readonly root?: string;
  readonly logs: LogConfig;
  readonly limits: LimitsConfig;
  readonly notifications: readonly NotificationEndpoint[];
  /** From HttpConfig: the URL clients know this server by, and where metrics are shown. */
  readonly http: Pick<HttpConfig, "externalUrl" | "debug" | "isMetricsOnMain">;
  /** `host:port` this process listens on, for `source.addr` of notifications. Asked for when the first event is made. */
  readonly listensOn: () => string;
  /** Retention by use needs it: pulls are remembered. Default true. */
  readonly isPullTimeKept?: boolean;
  /** One sentence for whoever runs the server. */
  readonly warn: (message: string) => void;
}

/** Everything that watches a serving registry, made of one configuration. */
export interface Operations {
  readonly metrics: Metrics;
  readonly health: Health;
  /** Absent where none is configured. */
  readonly audit: AuditLog | undefined;
  /** For createRegistry(); undefined when nobody wants events. */
  readonly observer: RegistryObserver | undefined;
  /** Around the guard there is (or none): notes who asks, for logs, and counts against limits. The same guard where neither is on. */
  guard(inner: Guard | undefined): Guard | undefined;
  /** Around the registry (or whatever answers requests): in-flight, durations, access log. */
  watch(handle: Registry): Registry;
  /** `/healthz`, `/readyz` and, if configured, `/metrics`, on the registry's own address; undefined for every other path. */
  answerMain(path: string, request: Request): Response | Promise<Response> | undefined;
  /** Everything on the debug address. */
  answerDebug(request: Request): Response | Promise<Response>;
  /** On SIGHUP: log files are opened again under their names. */
  reopenLogs(): Promise<void>;
  /** When shutting down begins: /readyz fails from now on. */
  beginShutdown(): void;
  /** After the last request: pull times, notifications being sent and logs are brought to an end (at most 5 s). */
  close(): Promise<void>;
}

/** Opens the log files and starts the senders. @throws KasaneError `io` when a log file cannot be opened */
export function openOperations(_options: OperationsOptions): Promise<Operations> {
  return Promise.reject(new Error("not built yet"));
}
