export * from "./address.ts";
export * from "./start-server.ts";
export * from "./config/load-server-config.ts";
export type * from "./config/server-config.ts";
