import { statSync } from "node:fs";
import type { TmpfsMount } from "../sandbox.ts";
import { type Furnishing, mountInside, mountNew } from "./mount.ts";

/** What tmpfs has for its root where nobody says otherwise; also in the mount points that makeBase() makes for it. */
export const tmpfsMode = 0o1777;

/** Mounts a tmpfs that begins with the mode of the directory it hides, as runc has it. */
export function mountTmpfs(furnishing: Furnishing, mount: TmpfsMount): void {
  const { sizeBytes, flags = {} } = mount;
  let isMade = false;
  const watching: Furnishing = {
    ...furnishing,
    onMade(path, kind) {
      isMade = true;
      furnishing.onMade(path, kind);
    },
  };
  const data = [
    ...(sizeBytes === undefined ? [] : [`size=${sizeBytes}`]),
    ...(mount.data === undefined ? [] : [mount.data]),
  ];
  mountInside(watching, mount.target, "directory", (target) => {
    const mode = mount.mode ?? (isMade ? tmpfsMode : statSync(target).mode & 0o7777);
    mountNew(
      "tmpfs",
      target,
      {
        noSetuid: !flags.allowSetuid,
        noDevices: !flags.allowDevices,
        noExecute: flags.noExecute ?? false,
        readOnly: flags.readOnly ?? false,
      },
      [`mode=${mode.toString(8)}`, ...data].join(","),
    );
  });
}
