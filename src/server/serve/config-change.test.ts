import { expect, test } from "bun:test";
import { loadServerConfig } from "../config/load-server-config.ts";
import { needsRestart } from "./config-change.ts";

const configOf = async (env: Record<string, string>) => (await loadServerConfig({ env })).config;

test.each([
  [{}, []],
  [{ REGISTRY_KASANE_GC_GRACE: "1h" }, []],
  [{ REGISTRY_KASANE_LIMITS_BLOBSIZE: "1GB" }, []],
  [{ REGISTRY_HTTP_DRAINTIMEOUT: "1m" }, ["http"]],
  [{ REGISTRY_HTTP_ADDR: "127.0.0.1:1", REGISTRY_LOG_LEVEL: "error" }, ["http", "log and kasane.audit"]],
])("after %j a restart is needed for %j", async (env, parts) => {
  const warnings = needsRestart(await configOf({}), await configOf(env as Record<string, string>));
  expect(warnings.map((warning) => warning.split(" changed:")[0]!)).toEqual(parts);
});
