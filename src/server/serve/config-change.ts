import type { ServerConfig } from "../config/server-config.ts";

/** Parts of a configuration that only a new process takes up, by the keys people write. */
const fixedParts: Readonly<Record<string, (config: ServerConfig) => unknown>> = {
  storage: ({ root, isInMemory }) => ({ root, isInMemory }),
  http: ({ http }) => http,
  "auth (on or off)": ({ access }) => access !== undefined,
  notifications: ({ notifications }) => notifications,
  "log and kasane.audit": ({ logs }) => logs,
  "kasane.limits (but blob-size)": ({ limits }) => ({ ...limits, blobBytes: 0 }),
  "kasane.upstreams and proxy": ({ upstreams }) => upstreams,
};

/** One warning for each part that has changed and stays as it was. */
export function needsRestart(before: ServerConfig, after: ServerConfig): string[] {
  return Object.entries(fixedParts)
    .filter(([, part]) => JSON.stringify(part(before)) !== JSON.stringify(part(after)))
    .map(([name]) => `${name} changed: takes effect when the server is started again`);
}
