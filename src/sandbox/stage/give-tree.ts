import { fstatSync, readdirSync } from "node:fs";
import { pathOf } from "./inside.ts";
import {
  AT_EMPTY_PATH,
  attempt,
  close,
  O_CLOEXEC,
  O_DIRECTORY,
  O_NOFOLLOW,
  O_PATH,
  sysHere,
} from "./kernel.ts";

/** Gives what `fd` stands for, and all that is below it, to a user. Links are given away themselves and never followed, whoever exchanges what meanwhile. */
export function giveTree(fd: number, uid: number, gid: number): void {
  const stat = fstatSync(fd);
  if (stat.uid !== uid || stat.gid !== gid) sysHere("fchownat", fd, "", uid, gid, AT_EMPTY_PATH);
  if (!stat.isDirectory()) return;
  const directory = sysHere("openat", fd, ".", O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW, 0);
  try {
    for (const name of readdirSync(pathOf(directory), { encoding: "buffer" })) {
      const path = Buffer.concat([name, Buffer.alloc(1)]);
      let child: number | undefined;
      attempt(() => {
        child = sysHere("openat", directory, path, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0);
      }, "ENOENT");
      if (child === undefined) continue;
      try {
        giveTree(child, uid, gid);
      } finally {
        close(child);
      }
    }
  } finally {
    close(directory);
  }
}
