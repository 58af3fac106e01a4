import { chmodSync, copyFileSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeBaseRoot } from "../../../scripts/base-root.ts";

const busybox = ["/bin/busybox", "/usr/bin/busybox"].find((path) => existsSync(path));

/** A small root file system with two users, made by whoever runs this (its files belong to them). */
export async function makeStepRoot(directory: string, prepare = ""): Promise<void> {
  for (const name of ["bin", "etc", "tmp"]) mkdirSync(join(directory, name), { recursive: true });
  if (busybox === undefined) await makeBaseRoot(directory);
  else {
    copyFileSync(busybox, join(directory, "bin/busybox"));
    chmodSync(join(directory, "bin/busybox"), 0o755);
    const applets = Bun.spawnSync([busybox, "--list"]).stdout.toString().split("\n").filter(Boolean);
    for (const name of applets) if (name !== "busybox") symlinkSync("busybox", join(directory, "bin", name));
  }
  chmodSync(join(directory, "tmp"), 0o1777);
  writeFileSync(
    join(directory, "etc/passwd"),
    "root:x:0:0:root:/root:/bin/sh\nweb:x:33:33:web:/srv:/bin/sh\n",
  );
  writeFileSync(join(directory, "etc/group"), "root:x:0:\nweb:x:33:\nextra:x:44:web\n");
  const { exitCode, stderr } = Bun.spawnSync(["/bin/sh", "-e", "-c", prepare], { cwd: directory });
  if (exitCode !== 0) throw new Error(`cannot prepare ${directory}: ${stderr}`);
}
