export * from "./create-registry-client.ts";
export type * from "./credentials.ts";
export { isDockerHub, isLoopbackHost } from "./host.ts";
export * from "./load-credentials.ts";
export type * from "./registry-client.ts";
export type { RetryEvent } from "./session.ts";
