import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { privilege } from "../../src/sandbox/mod.ts";
import { missing } from "../outside.ts";
import type { WorkerRequest, WorkerResult } from "./sandbox/worker.ts";

const skip = test.skipIf(missing("fuse-overlayfs", "unshare", "mount", "busybox") || privilege() !== "root");

/** Runs a step with its directories inside an overlay, where the kernel makes no second one. */
async function runOnOverlay(
  step: WorkerRequest["step"],
  environment: Record<string, string> = {},
): Promise<WorkerResult> {
  const directory = mkdtempSync(join(tmpdir(), "kasane-fuse-"));
  try {
    mkdirSync(join(directory, "disk"));
    const request: WorkerRequest = { directory: join(directory, "disk/merged/step"), step };
    writeFileSync(join(directory, "request.json"), JSON.stringify(request));
    const script = [
      "mount -t tmpfs none disk && cd disk && mkdir lower upper work merged",
      "mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work merged && mkdir merged/step",
      'exec "$@"',
    ];
    const child = Bun.spawn(
      [
        ...["unshare", "--mount", "sh", "-e", "-c", script.join("\n"), "sh"],
        ...[process.execPath, join(import.meta.dir, "sandbox/worker.ts"), join(directory, "request.json")],
      ],
      { cwd: directory, stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, ...environment } },
    );
    return JSON.parse(await child.stdout.text()) as WorkerResult;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

skip("a step runs on fuse-overlayfs where the kernel refuses an overlay", async () => {
  const script =
    "mount | head -1; id -u; ps -o comm | grep -c fuse; touch /new; chown 33 /new; stat -c %u /new; echo x > /work; exit 3";
  const result = await runOnOverlay({ argv: ["sh", "-c", script] });
  expect(result).toMatchObject({ code: 3, upper: ["new", "work"], scaffolding: [] });
  // The program that serves the root is not among the step's processes.
  expect(result.out).toMatch(/^fuse-overlayfs on \/ type fuse\.fuse-overlayfs .*\n0\n0\n33\n$/);
}, 30_000);

skip("a step on fuse-overlayfs fails like any other", async () => {
  const { error } = await runOnOverlay({ argv: ["nope"] });
  expect(error).toMatchObject({ exitCode: 127, message: 'exec: "nope": executable file not found in $PATH' });
}, 30_000);

skip("nothing of fuse-overlayfs is left", () => {
  const { stdout } = Bun.spawnSync(["ps", "-eo", "args"]);
  expect(stdout.toString()).not.toContain("fuse-overlayfs -o lowerdir=lower/0:base");
});
