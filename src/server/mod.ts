export * from "./address.ts";
export * from "./start-server.ts";
