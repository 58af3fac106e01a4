import { configError } from "./config-error.ts";
import type { LimitsConfig, LogConfig, NotificationEndpoint, ServerConfig } from "./server-config.ts";
import type { Settings } from "./settings.ts";

/** What Bun counts at most, and the slowest of clients need. */
const longestIdleMs = 255_000;

/** More than any client has a use for, and few enough to fill no disk. */
const unfinishedUploads = 1000;
const unfinishedBytes = 100 * 1000 ** 3;

const defaultAuditBytes = 100 * 1000 * 1000;

export function operationsConfig(
  settings: Settings,
): Pick<ServerConfig, "notifications" | "limits" | "logs"> {
  const includesReferences = settings.flag("notifications.events.includereferences") ?? false;
  return {
    notifications: settings
      .items("notifications.endpoints")
      .filter((endpoint) => endpoint.flag("disabled") !== true)
      .map((endpoint) => notificationEndpoint(endpoint, includesReferences)),
    limits: limitsConfig(settings),
    logs: logConfig(settings),
  };
}

function notificationEndpoint(endpoint: Settings, includesReferences: boolean): NotificationEndpoint {
  const url = endpoint.text("url") ?? "";
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? "")) {
    throw configError(
      endpoint.origin("url"),
      `${JSON.stringify(url)} is no URL`,
      "write it like https://listener.example.com/events",
    );
  }
  return {
    name: endpoint.text("name") ?? new URL(url).host,
    url,
    headers: endpoint.map<readonly string[]>("headers") ?? {},
    timeoutMs: endpoint.number("timeout") || 1_000,
    threshold: endpoint.number("threshold") || 10,
    backoffMs: endpoint.number("backoff") || 1_000,
    ignoredMediaTypes: [
      ...(endpoint.texts("ignoredmediatypes") ?? []),
      ...(endpoint.texts("ignore.mediatypes") ?? []),
    ],
    ignoredActions: endpoint.texts("ignore.actions") ?? [],
    includesReferences,
  };
}

function limitsConfig(settings: Settings): LimitsConfig {
  const [rate, uploadsPerClient, blobBytes] = ["rate", "uploads-per-client", "blob-size"].map((name) =>
    settings.number(`kasane.limits.${name}`),
  );
  const idleMs = settings.number("kasane.limits.idle") ?? longestIdleMs;
  if (idleMs < 5_000 || idleMs > longestIdleMs) {
    throw configError(settings.origin("kasane.limits.idle"), "between 5s and 255s are possible");
  }
  return {
    ...(rate
      ? { rate: { requestsPerSecond: rate, burst: settings.number("kasane.limits.burst") ?? 2 * rate } }
      : {}),
    ...(uploadsPerClient ? { uploadsPerClient } : {}),
    unfinished: {
      uploads: settings.number("kasane.limits.unfinished-uploads-per-client") ?? unfinishedUploads,
      bytes: settings.number("kasane.limits.unfinished-bytes-per-client") ?? unfinishedBytes,
    },
    idleMs,
    ...(blobBytes === undefined ? {} : { blobBytes }),
  };
}

function logConfig(settings: Settings): LogConfig {
  const auditPath = settings.text("kasane.audit");
  const auditRotateBytes = settings.number("kasane.auditsize") ?? defaultAuditBytes;
  return {
    level: (settings.text("log.level") ?? settings.text("loglevel") ?? "info") as LogConfig["level"],
    format: (settings.text("log.formatter") ?? "text") === "text" ? "text" : "json",
    isAccessLogEnabled: settings.flag("log.accesslog.disabled") !== true,
    ...(auditPath ? { auditPath } : {}),
    ...(auditPath && auditRotateBytes > 0 ? { auditRotateBytes } : {}),
    fields: settings.map<string>("log.fields") ?? {},
  };
}
