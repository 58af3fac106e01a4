import type { OverlayXattrs } from "../overlay.ts";

/** `lower` has the top layer first. */
export interface OverlayMount {
  readonly lower: readonly string[];
  readonly upper: string;
  readonly work: string;
  readonly xattrs: OverlayXattrs;
}

export interface MountedOverlay extends AsyncDisposable {
  /** The merged directory, reached through the process that holds its mount namespace. */
  readonly path: string;
}

/**
 * Mounts an overlay at `mountPoint` in a mount namespace of its own: nothing of it is seen outside, and it is gone with its process,
 * whatever happens to the test. For root only.
 */
export async function mountOverlay(overlay: OverlayMount, mountPoint: string): Promise<MountedOverlay> {
  const options = [
    `lowerdir=${overlay.lower.join(":")}`,
    `upperdir=${overlay.upper}`,
    `workdir=${overlay.work}`,
    ...(overlay.xattrs === "user" ? ["userxattr"] : []),
  ];
  const script = 'mount -t overlay overlay -o "$1" "$2" && echo mounted && read -r _';
  const child = Bun.spawn(["unshare", "--mount", "sh", "-c", script, "sh", options.join(","), mountPoint], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
  });
  const { value } = await child.stdout.getReader().read();
  if (value === undefined) throw new Error(`cannot mount: ${await new Response(child.stderr).text()}`);
  return {
    path: `/proc/${child.pid}/root${mountPoint}`,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}

let canMount: boolean | undefined;

/** Whether this process may mount an overlay in a mount namespace. */
export function canMountOverlays(): boolean {
  canMount ??=
    process.getuid?.() === 0 &&
    Bun.spawnSync([
      "unshare",
      "--mount",
      "sh",
      "-c",
      "mount -t tmpfs none /mnt && cd /mnt && mkdir l u w m && mount -t overlay overlay -o lowerdir=l,upperdir=u,workdir=w m",
    ]).success;
  return canMount;
}
