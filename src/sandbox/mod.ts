export { startHelper } from "./agent/start-helper.ts";
export * from "./capabilities.ts";
export * from "./cdi/cdi-devices.ts";
export { isCdiName } from "./cdi/device-name.ts";
export { injectDevices } from "./cdi/inject-devices.ts";
export type { CdiDevice } from "./cdi/spec.ts";
export { applySettings } from "./cgroup/apply-settings.ts";
export * from "./cgroup/cgroup.ts";
export * from "./cgroup/freeze-cgroup.ts";
export * from "./cgroup/remove-cgroup.ts";
export type { DeviceLimit, Resources } from "./cgroup/resources.ts";
export * from "./cgroup/usage.ts";
export { copyReadOnly, isCopiedUpper } from "./copied-root/copied-root.ts";
export { createSandbox, requirePrivilege, type SandboxOptions } from "./create-sandbox.ts";
export * from "./enter.ts";
export { findTool, requireTool, systemPath } from "./find-tool.ts";
export * from "./hold-root.ts";
export { hostsFor } from "./host-files.ts";
export { whySingleUid } from "./id-map.ts";
export type * from "./isolation.ts";
export { reexecInUserNamespaceOf } from "./join-user-namespace.ts";
export { areForKernel, mountOverlay, mountPointsBelow, unmount } from "./mount-overlay.ts";
export { whyNoUserNamespace } from "./namespace-refusal.ts";
export { type OuterUser, outerUser } from "./outer-user.ts";
export * from "./privilege.ts";
export { isCompiled, ownCommand } from "./program.ts";
export { findRuntime } from "./runtime.ts";
export * from "./sandbox.ts";
export { maskedPaths, readOnlyPaths } from "./stage/kernel-paths.ts";
export { callerWindowSize, makeRaw } from "./terminal-modes.ts";
export { type ReexecOptions, reexecInUserNamespace } from "./user-namespace.ts";
export { writeWhole } from "./writer.ts";

/** The entry of the process that becomes a step's program: for argv[2] `__sandbox-stage` of the compiled executable. */
export async function runStage(): Promise<never> {
  const stage = await import("./stage.ts");
  return stage.runStage();
}
