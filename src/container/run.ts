/** The door for whoever only makes and runs containers: a command loads what it works with. */
export { type CreateOptions, createContainer } from "./create-container.ts";
export { getContainer } from "./find-container.ts";
export { parseNetworkMode } from "./network/network-mode.ts";
export { parseExpose, parsePublish } from "./network/publish.ts";
export { parseEnv, parseEnvFile } from "./process-config.ts";
export { parseRestartPolicy } from "./restart-policy.ts";
export * from "./run-container.ts";
export { parseSignal } from "./stop-settings.ts";
export * from "./supervise/start-detached.ts";
export { cleanTarget } from "./volumes/resolve-mounts.ts";
