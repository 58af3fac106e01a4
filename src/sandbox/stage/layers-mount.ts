import { mkdtempSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { LayersMount } from "../sandbox.ts";
import { makeDirectory } from "./files.ts";
import {
  AT_FDCWD,
  close,
  MS_NODEV,
  MS_NOSUID,
  MS_RDONLY,
  O_CLOEXEC,
  O_DIRECTORY,
  O_PATH,
  sys,
} from "./kernel.ts";
import { type Furnishing, mountInside } from "./mount.ts";

/** Mounts the layers of another image, read-only. Short links stand for them: mount(2) takes one page of options. */
export function mountLayers(
  furnishing: Furnishing,
  staging: string,
  { lower, target }: LayersMount,
  { userXattrs }: { userXattrs: boolean },
): void {
  const directory = mkdtempSync(join(staging, "layers-"));
  const names = lower.map((path, index) => {
    const name = index.toString(36);
    symlinkSync(path, join(directory, name));
    return name;
  });
  // Without an upper directory the kernel wants two others.
  for (const name of ["empty", ...(lower.length === 0 ? ["none"] : [])]) {
    makeDirectory(join(directory, name));
    names.push(name);
  }
  const options = `lowerdir=${names.join(":")}${userXattrs ? ",userxattr" : ""}`;
  mountInside(furnishing, target, "directory", (at) => {
    const open = (path: string) => sys("openat", AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
    const [here, there] = [open("."), open(directory)];
    sys("fchdir", there);
    try {
      sys("mount", "overlay", at, "overlay", MS_RDONLY | MS_NODEV | MS_NOSUID, options);
    } finally {
      sys("fchdir", here);
      close(here);
      close(there);
    }
  });
}
