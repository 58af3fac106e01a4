export * from "./create-sandbox.ts";
export { whySingleUid } from "./id-map.ts";
export { whyNoUserNamespace } from "./namespace-refusal.ts";
export { type OuterUser, outerUser } from "./outer-user.ts";
export * from "./privilege.ts";
export * from "./sandbox.ts";
export * from "./user-namespace.ts";

/** The entry of the process that becomes a step's program: for argv[2] `__sandbox-stage` of the compiled executable. */
export async function runStage(): Promise<never> {
  const stage = await import("./stage.ts");
  return stage.runStage();
}
