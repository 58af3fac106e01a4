import { chmodSync, copyFileSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";

/** Puts busybox into the root file system `directory`, which it makes: alone, or under these names (`sh cat`) as well. */
export function makeBusyboxRoot(directory: string, names = ""): void {
  const programs = join(directory, "bin");
  mkdirSync(programs, { recursive: true });
  copyFileSync(Bun.which("busybox")!, join(programs, "busybox"));
  chmodSync(join(programs, "busybox"), 0o755);
  for (const name of names.split(" ").filter(Boolean)) symlinkSync("busybox", join(programs, name));
}
