import {
  containerImage,
  mergeEnv,
  mountedRoot,
  prepareUpper,
  type WorkingContainer,
  withRootLock,
} from "../container/mod.ts";
import type { ProgressListener } from "../lib/mod.ts";
import {
  type ExitStatus,
  type Isolation,
  injectDevices,
  type RootFilesystem,
  type Sandbox,
  type SandboxMount,
  type Stdio,
} from "../sandbox/mod.ts";
import type { LocalStore } from "../store/mod.ts";

export interface RunInWorkingOptions {
  /** The whole command line: neither the image's entrypoint nor its command have a part in it. */
  readonly argv: readonly string[];
  /** `NAME=value`, over the container's own, for this command. */
  readonly env?: readonly string[];
  readonly user?: string;
  readonly workdir?: string;
  readonly hostname?: string;
  readonly mounts?: readonly SandboxMount[];
  readonly network?: "host" | "none";
  readonly isolation?: Isolation;
  readonly stdio: Stdio;
  readonly sandbox: Sandbox;
  readonly signal?: AbortSignal;
  readonly progress?: ProgressListener;
}

/**
 * Runs a command in a working container to its end; what it changes stays there. Where the container is mounted it runs in what is mounted, beside whatever
 * else is done there; where it is not, one command runs after the other.
 * @throws KasaneError `sandbox` with `data.exitCode` where it cannot start, `cancelled`
 */
export async function runInWorking(
  store: LocalStore,
  container: WorkingContainer,
  options: RunInWorkingOptions,
): Promise<ExitStatus> {
  const mounted = mountedRoot(store, container.id);
  if (mounted !== undefined) return runIn({ kind: "directory", path: mounted }, container, options);
  return store.withLease("run in working container", async (lease) => {
    await store.meta.leases.hold(lease, [container.manifest]);
    return withRootLock(store, lease, container.id, async () => {
      const image = await containerImage(store, container);
      const { progress } = options;
      const unpacked = await store.unpack(image, { lease, ...(progress && { progress }) });
      try {
        const { upper, work } = await prepareUpper(store, unpacked, container.id);
        const rootfs = { kind: "overlay", lower: unpacked.lower, upper, work, durable: true } as const;
        return await runIn(rootfs, container, options);
      } finally {
        await unpacked.release();
      }
    });
  });
}

async function runIn(
  rootfs: RootFilesystem,
  { settings }: WorkingContainer,
  options: RunInWorkingOptions,
): Promise<ExitStatus> {
  const { config } = settings;
  const hostname = options.hostname ?? settings.hostname;
  const cwd = options.workdir ?? config.WorkingDir ?? "";
  const step = await injectDevices({
    rootfs,
    argv: options.argv,
    env: mergeEnv([`HOSTNAME=${hostname}`], [...(config.Env ?? []), ...(options.env ?? [])]),
    // One that was configured relative begins at the root.
    cwd: cwd.startsWith("/") ? cwd : `/${cwd}`,
    user: options.user ?? config.User ?? "",
    hostname,
    mounts: options.mounts ?? [],
    network: options.network ?? "host",
    ...(options.isolation && { isolation: options.isolation }),
    stdio: options.stdio,
    ...(options.signal && { signal: options.signal }),
  });
  return options.sandbox.run(step);
}
