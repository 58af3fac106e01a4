export * from "./address.ts";
export { type LoadedConfig, loadServerConfig } from "./config/load-server-config.ts";
export type * from "./config/server-config.ts";
export { shownSettings } from "./config/shown-settings.ts";
export type { ServerTls } from "./http/listener.ts";
export { type ConfigCheck, checkServerConfig } from "./serve/check-config.ts";
export { foreignStoreHint } from "./serve/foreign-store.ts";
export * from "./serve/start-configured-server.ts";
export * from "./start-server.ts";
