import { KasaneError } from "../lib/mod.ts";
import type { ExitStatus } from "../sandbox/mod.ts";
import type { LocalStore } from "../store/mod.ts";
import { type Container, containerKey, encodeContainer } from "./container.ts";
import { randomContainerId } from "./container-name.ts";
import { type CreateOptions, createUnderLease } from "./create-container.ts";
import { getContainer } from "./find-container.ts";
import { sweepContainers } from "./remove-container.ts";
import { runningNow, type SuperviseOptions, supervise } from "./supervise/supervise.ts";

export type StartOptions = SuperviseOptions;

export interface RunOptions extends CreateOptions, StartOptions {
  /** Told once the container is there, before it runs. */
  readonly onCreated?: (container: Container) => void;
}

/**
 * Creates a container and runs it to its end in this process.
 * @throws KasaneError as createContainer() and startContainer()
 */
export async function runContainer(store: LocalStore, options: RunOptions): Promise<ExitStatus> {
  await sweepContainers(store);
  return store.withLease("run container", async (lease) => {
    const id = randomContainerId();
    // Running from the start: whoever finds it so without its lease knows that nobody will come to run or remove it.
    await store.meta.leases.hold(lease, [containerKey(id)]);
    const { container, image } = await createUnderLease(store, lease, options, { id, state: runningNow() });
    options.onCreated?.(container);
    return supervise(store, lease, container, { ...options, found: image });
  });
}

/**
 * Runs a container's process to its end.
 * @throws KasaneError `conflict` while it runs, `sandbox` with `data.exitCode` when it cannot start, `cancelled`
 */
export async function startContainer(
  store: LocalStore,
  { id }: Pick<Container, "id">,
  options: StartOptions,
): Promise<ExitStatus> {
  return store.withLease("run container", async (lease) => {
    const isFirst = await store.meta.leases.lock(lease, `container-start:${id}`);
    // Looked at now: what the caller has seen may be of yesterday.
    const container = await getContainer(store, id);
    if (!isFirst || container.state.kind === "running") {
      throw new KasaneError("conflict", `container ${container.name} is running already`, {
        hint: "wait for it to end, or use another container",
      });
    }
    await store.meta.leases.hold(lease, [containerKey(id), container.manifest]);
    const running = { ...container, state: runningNow() };
    await store.meta.containers.update(id, encodeContainer(running));
    return supervise(store, lease, running, options);
  });
}
