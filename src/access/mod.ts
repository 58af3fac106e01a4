export type * from "./access-config.ts";
