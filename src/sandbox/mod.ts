export * from "./create-sandbox.ts";
export { type OuterUser, outerUser } from "./outer-user.ts";
export * from "./privilege.ts";
export * from "./sandbox.ts";
export * from "./user-namespace.ts";
