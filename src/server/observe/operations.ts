import { hostname } from "node:os";
import { endsWithin, KasaneError, messageOf } from "../../lib/mod.ts";
import type { Meta } from "../../meta/mod.ts";
import type { Guard, Registry, RegistryObserver } from "../../registry/mod.ts";
import type { HttpConfig, LimitsConfig, LogConfig, NotificationEndpoint } from "../config/server-config.ts";
import { type AccessLog, openAccessLog } from "./access-log.ts";
import { type AuditLog, openAuditLog } from "./audit-log.ts";
import { createHealth, type Health, storeChecks } from "./health.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { createNotifier, type Notifier } from "./notifier.ts";
import { createObserver } from "./observer.ts";
import { operationsEndpoints } from "./operations-endpoints.ts";
import { PullTimes } from "./pull-times.ts";
import { RateLimit } from "./rate-limit.ts";
import { UploadLimit } from "./upload-limit.ts";
import { watchGuard } from "./watch-guard.ts";
import { watchRequests } from "./watch-requests.ts";
import { type TokenWatch, watchTokens } from "./watch-tokens.ts";

const closePatienceMs = 5_000;

export interface OperationsOptions {
  readonly meta: Meta;
  /** The store's directory: whether it can be written is a part of readiness. */
  readonly root?: string;
  readonly logs: LogConfig;
  readonly limits: Pick<LimitsConfig, "rate" | "uploadsPerClient">;
  readonly notifications: readonly NotificationEndpoint[];
  /** From HttpConfig: the URL clients know this server by, and where metrics are shown. */
  readonly http: Pick<HttpConfig, "prefix" | "externalUrl" | "debug" | "isMetricsOnMain">;
  /** Port this process listens on, for `source.addr` of notifications. Asked for when the first event is made. */
  readonly port: () => number;
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
  /** Around the guard there is (or none): notes who asks, for logs, and counts against limits. The same guard where nothing of that is on. */
  guard(inner: Guard | undefined): Guard | undefined;
  readonly tokens: TokenWatch;
  /** Around the registry (or whatever answers requests): in-flight, durations, access log. */
  watch(handle: Registry): Registry;
  /** `/`, `/healthz`, `/readyz` and, if configured, `/metrics`, on the registry's own address; undefined for every other path. */
  answerMain(request: Request): Response | Promise<Response> | undefined;
  /** Everything on the debug address: those and `/debug/health`, also metrics where distribution's configuration puts them. */
  answerDebug(request: Request): Response | Promise<Response>;
  /** On SIGHUP: log files are opened again under their names. */
  reopenLogs(): Promise<void>;
  /** When shutting down begins: /readyz fails from now on. */
  beginShutdown(): void;
  /** After the last request: pull times, notifications being sent and logs are brought to an end (at most 5 s). */
  close(): Promise<void>;
}

/** Opens the log files and starts the senders. @throws KasaneError `io` when a log file cannot be opened; `usage` for endpoints with one name */
export async function openOperations(options: OperationsOptions): Promise<Operations> {
  const { meta, root, logs, limits, notifications, http, warn } = options;
  checkNames(notifications);
  const store = { meta, ...(root === undefined ? {} : { root }) };
  const metrics = createMetrics({ ...store, endpoints: notifications.map((endpoint) => endpoint.name) });
  const health = createHealth(storeChecks(store));
  const access = logs.isAccessLogEnabled
    ? await openAccessLog({
        format: logs.format,
        fields: logs.fields,
        onError: logError("access", options, metrics),
      })
    : undefined;
  const audit =
    logs.auditPath === undefined
      ? undefined
      : await openAuditLog({
          path: logs.auditPath,
          fields: logs.fields,
          ...(logs.auditRotateBytes === undefined ? {} : { rotateBytes: logs.auditRotateBytes }),
          onError: logError("audit", options, metrics),
        });
  const notifier = notifications.length === 0 ? undefined : notifierOf(options, metrics);
  const pulls =
    options.isPullTimeKept === false
      ? undefined
      : new PullTimes({ write: (noted) => meta.repositories.notePulls(noted), warn });
  const observer = createObserver({
    metrics: metrics.events,
    ...(audit && { audit }),
    ...(notifier && { notifier }),
    ...(pulls && { pulls }),
  });
  const rate = limits.rate && new RateLimit(limits.rate);
  const uploads =
    limits.uploadsPerClient === undefined ? undefined : new UploadLimit(limits.uploadsPerClient);
  const endpoints = operationsEndpoints({ metrics, health, http });
  return {
    metrics,
    health,
    audit,
    observer,
    tokens: watchTokens({ ...(rate && { rate }), ...(audit && { audit }), limited: metrics.limited }),
    guard(inner) {
      const isNeeded =
        rate !== undefined ||
        uploads !== undefined ||
        (inner !== undefined && (access !== undefined || audit !== undefined));
      if (!isNeeded) return inner;
      const parts = { ...(rate && { rate }), ...(uploads && { uploads }), ...(audit && { audit }) };
      return watchGuard(inner, { ...parts, limited: metrics.limited });
    },
    watch: (handle) =>
      watchRequests(handle, {
        metrics: metrics.requests,
        ...(access && { access }),
        ...(uploads && { uploads }),
      }),
    ...endpoints,
    async reopenLogs() {
      await Promise.all([access?.reopen(), audit?.reopen()]);
    },
    beginShutdown: () => health.beginShutdown(),
    close: () => closeAll({ notifier, pulls, access, audit }),
  };
}

/** A queue has the name of its endpoint: two with one name would take each other's events. */
function checkNames(endpoints: readonly NotificationEndpoint[]): void {
  const names = endpoints.map((endpoint) => endpoint.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return;
  throw new KasaneError("usage", `two notification endpoints have the name ${JSON.stringify(twice)}`, {
    hint: "give each a name of its own: its queue goes by that",
  });
}

function notifierOf(
  { notifications, meta, http, port, warn }: OperationsOptions,
  metrics: Metrics,
): Notifier {
  const instanceID = crypto.randomUUID();
  return createNotifier({
    endpoints: notifications,
    outbox: meta.outbox,
    metrics: metrics.notifications,
    warn,
    shape: () => ({
      source: { addr: `${hostname()}:${port()}`, instanceID },
      prefix: http.prefix,
      ...(http.externalUrl === undefined ? {} : { externalUrl: http.externalUrl }),
    }),
  });
}

/** A log that cannot be written would say so for each line: once a minute is enough. */
function logError(log: string, { warn }: OperationsOptions, metrics: Metrics) {
  const errors = metrics.logErrors.cell({ log });
  let quietUntilMs = 0;
  return (error: unknown, droppedLines: number) => {
    errors.value += Math.max(1, droppedLines);
    if (performance.now() < quietUntilMs) return;
    quietUntilMs = performance.now() + 60_000;
    warn(`the ${log} log cannot be written: ${messageOf(error)}`);
  };
}

async function closeAll(parts: {
  notifier: Notifier | undefined;
  pulls: PullTimes | undefined;
  access: AccessLog | undefined;
  audit: AuditLog | undefined;
}): Promise<void> {
  const { notifier, pulls, access, audit } = parts;
  const ended = Promise.all([notifier?.close(), pulls?.flush(), access?.close(), audit?.close()]);
  await endsWithin(ended, closePatienceMs);
}
