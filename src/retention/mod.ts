export * from "./apply.ts";
export * from "./decide.ts";
export * from "./repository-rules.ts";
export type * from "./retention-rule.ts";
