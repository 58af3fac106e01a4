import type { ServerConfig } from "./server-config.ts";

/**
 * Distribution's YAML at `path` (absent: none), overridden by REGISTRY_ variables of `env`.
 * @throws KasaneError `invalid-config` naming key, file and line
 */
export async function loadServerConfig(_options: {
  path?: string;
  env: Readonly<Record<string, string | undefined>>;
}): Promise<{ config: ServerConfig; warnings: readonly string[] }> {
  throw new Error("not built yet");
}
