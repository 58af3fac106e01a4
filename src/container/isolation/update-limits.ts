import { applySettings, type Resources } from "../../sandbox/mod.ts";
import type { LocalStore } from "../../store/mod.ts";
import { type Container, encodeContainer } from "../container.ts";
import { containerDirectory } from "../container-directory.ts";
import type { RestartPolicy } from "../restart-policy.ts";
import { callSupervisor } from "../supervise/control-client.ts";
import { cgroupOf } from "./container-cgroup.ts";
import { checkResources } from "./parse-limits.ts";

export interface LimitChanges {
  readonly resources: Resources;
  readonly restart?: RestartPolicy;
}

/** The container's settings with the changes. @throws KasaneError `usage` where they do not go together with what is there */
export function withLimits<Settings extends Container["settings"]>(
  settings: Settings,
  { resources, restart }: LimitChanges,
): Settings {
  const merged = { ...settings.isolation?.resources, ...resources };
  // As in Docker: twice the memory, where nobody spoke of swap.
  checkResources(merged);
  return {
    ...settings,
    isolation: { ...settings.isolation, resources: merged },
    ...(restart && { restart }),
  };
}

/**
 * Changes what a container may take: at once where it runs, by whoever runs it, else from its next start.
 * @throws KasaneError `usage`, `not-found`
 */
export async function updateLimits(
  store: LocalStore,
  container: Container,
  { onWarning, ...changes }: LimitChanges & { onWarning: (message: string) => void },
): Promise<void> {
  const settings = withLimits(container.settings, changes);
  if (container.state.kind === "running") {
    const directory = containerDirectory(store, container.id);
    await (await callSupervisor(directory, { do: "update", ...changes })).answered;
    const isLimited = Object.keys(changes.resources).length > 0;
    if (isLimited) applySettings(cgroupOf(container), settings.isolation?.resources ?? {}, onWarning);
    return;
  }
  await store.meta.containers.update(container.id, encodeContainer({ ...container, settings }));
}
