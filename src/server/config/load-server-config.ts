import { accessConfig } from "./access-section.ts";
import { configError } from "./config-error.ts";
import { contentConfig } from "./content-section.ts";
import { httpConfig } from "./http-section.ts";
import { operationsConfig } from "./operations-section.ts";
import { readDocument } from "./read-document.ts";
import { readSettings } from "./read-settings.ts";
import type { ServerConfig } from "./server-config.ts";
import type { Settings } from "./settings.ts";
import { upstreamConfigs } from "./upstreams-section.ts";

export interface LoadedConfig {
  readonly config: ServerConfig;
  /** One sentence each, with the place it is about. */
  readonly warnings: readonly string[];
  /** What was given, by path; for showing it. */
  readonly settings: Settings;
}

/**
 * Distribution's YAML at `path` (absent: none), overridden by REGISTRY_ variables of `env`. Nothing but the file itself (and files of
 * passwords) is opened: see checkServerConfig().
 * @throws KasaneError `invalid-config` naming key, file and line
 */
export async function loadServerConfig(options: {
  path?: string;
  env: Readonly<Record<string, string | undefined>>;
}): Promise<LoadedConfig> {
  const { path, env } = options;
  const { text, document } = path === undefined ? { text: "", document: {} } : await readDocument(path);
  const { settings, warnings } = readSettings({ document, text, name: path ?? "configuration" }, env);
  return { config: serverConfig(settings, warnings), warnings, settings };
}

function serverConfig(settings: Settings, warnings: string[]): ServerConfig {
  const access = accessConfig(settings);
  return {
    ...storage(settings),
    http: httpConfig(settings, warnings),
    ...(access ? { access } : {}),
    ...contentConfig(settings, warnings),
    upstreams: upstreamConfigs(settings),
    ...operationsConfig(settings),
  };
}

function storage(settings: Settings): { root?: string; isInMemory: boolean } {
  const isInMemory = settings.has("storage.inmemory");
  const hasDirectory = settings.has("storage.filesystem");
  if (isInMemory && hasDirectory) {
    throw configError(
      settings.origin("storage.inmemory"),
      "there is storage.filesystem beside it",
      "leave one of them",
    );
  }
  if (!hasDirectory) return { isInMemory };
  // As in distribution, whose image mounts its volume there.
  return { root: settings.text("storage.filesystem.rootdirectory") ?? "/var/lib/registry", isInMemory };
}
