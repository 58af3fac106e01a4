export * from "./pull.ts";
export * from "./push.ts";
export type * from "./upstream-config.ts";
