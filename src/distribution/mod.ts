export * from "./create-registry-client.ts";
export type * from "./credentials.ts";
export type * from "./registry-client.ts";
