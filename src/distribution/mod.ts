export * from "./create-registry-client.ts";
export type * from "./credentials.ts";
export { isDockerHub, isLoopbackHost } from "./host.ts";
export * from "./load-credentials.ts";
export type * from "./registry-client.ts";
export { parseRetryAfter } from "./retry.ts";
export type { AnswerHead, RetryEvent } from "./session.ts";
