export * from "./create-registry.ts";
export { failureResponse, RegistryFailure } from "./errors.ts";
export * from "./guard.ts";
export * from "./names.ts";
export * from "./pull-through.ts";
export * from "./registry-events.ts";
export * from "./registry-rules.ts";
export { ServerLease } from "./server-lease.ts";
