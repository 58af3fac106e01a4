export type * from "./retention-rule.ts";
