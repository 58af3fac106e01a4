export * from "./pull.ts";
export * from "./push.ts";
