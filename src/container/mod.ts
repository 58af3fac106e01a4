export * from "./commit-container.ts";
export type { Container, ContainerSettings, ContainerState } from "./container.ts";
export { containerChanges } from "./container-changes.ts";
export { containerDiff } from "./container-diff.ts";
export { containerDirectory } from "./container-directory.ts";
export { containerImage } from "./container-image.ts";
export { type ContainerLayers, containerLayers } from "./container-layers.ts";
export { isContainerName, newContainerName } from "./container-name.ts";
export { withContainerRoot } from "./container-root.ts";
export { containerSize, containerSizes } from "./container-size.ts";
export {
  type CopyOptions,
  copyFromContainer,
  copyToContainer,
  readFromContainer,
  unpackToContainer,
} from "./copy/copy-container.ts";
export { exportVolume, importVolume } from "./copy/copy-volume.ts";
export { type CreateOptions, createContainer } from "./create-container.ts";
export { createWorkingContainer, type WorkingOptions } from "./create-working-container.ts";
export * from "./exec.ts";
export * from "./export-container.ts";
export { findContainer, getContainer, listContainers } from "./find-container.ts";
export { checkCommand } from "./health/health.ts";
export * from "./inspect-container.ts";
export * from "./isolation/container-usage.ts";
export * from "./isolation/modes.ts";
export * from "./isolation/parse-isolation.ts";
export * from "./isolation/parse-limits.ts";
export { updateLimits } from "./isolation/update-limits.ts";
export type { LogEntry } from "./log/log-entry.ts";
export * from "./log/read-log.ts";
export * from "./mount-image.ts";
export { mountedRoot, mountRoot, unmountRoot, withRootLock } from "./mounted-root.ts";
export * from "./network/connect-container.ts";
export { portsText } from "./network/inspect-network.ts";
export * from "./network/inspect-one-network.ts";
export { type Member, membersOf, renameMember } from "./network/members.ts";
export { resolvConfText } from "./network/network-files.ts";
export { parseNetworkMode } from "./network/network-mode.ts";
export * from "./network/networks.ts";
export { type BoundPort, hostAddress, parseExpose, parsePublish, portKey } from "./network/publish.ts";
export { prepareUpper } from "./prepare-upper.ts";
export { mergeConfig, mergeEnv, type ProcessOverrides, parseEnv, parseEnvFile } from "./process-config.ts";
export { processesIn } from "./processes.ts";
export { clearLostRuns, removeContainer, sweepContainers } from "./remove-container.ts";
export { parseRestartPolicy, type RestartPolicy } from "./restart-policy.ts";
export * from "./run-container.ts";
export { defaultStopTimeoutS, parseSignal, stopSignalOf } from "./stop-settings.ts";
export { startApart, tellingBeginning } from "./supervise/beginning.ts";
export * from "./supervise/control-client.ts";
export type * from "./supervise/request.ts";
export * from "./supervise/start-detached.ts";
export { getWorkingContainer, isWorking, updateWorking, type WorkingContainer } from "./update-working.ts";
export { type ContainerMount, volumeNamesOf } from "./volumes/container-mount.ts";
export { mountName } from "./volumes/inspect-mounts.ts";
export type * from "./volumes/mount-request.ts";
export { pruneVolumes } from "./volumes/prune-volumes.ts";
export { cleanTarget, type MountOptions } from "./volumes/resolve-mounts.ts";
export { makeSource } from "./volumes/sandbox-mounts.ts";
export { createVolume, getVolume, type NewVolume, removeVolume, volumeUsers } from "./volumes/volumes.ts";
export type { WorkingSettings } from "./working-settings.ts";
