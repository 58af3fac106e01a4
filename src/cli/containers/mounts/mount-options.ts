import type { MountOptions, MountRequest } from "../../../container/mod.ts";
import type { Flag, ParsedFlags } from "../../flags.ts";
import { grammar } from "../../tools/tool.ts";

/** What says what a new container has mounted. */
export const mountFlags: readonly Flag[] = [
  {
    name: "volume",
    short: "v",
    type: "strings",
    value: "[SOURCE:]TARGET[:OPTIONS]",
    help: "A volume by name, or a directory or file of this machine; only TARGET: a new volume",
  },
  {
    name: "mount",
    type: "strings",
    value: "type=TYPE,...",
    help: "The same in words: type=bind, volume, tmpfs or image, src=, dst=, ro",
  },
  {
    name: "tmpfs",
    type: "strings",
    value: "TARGET[:OPTIONS]",
    help: "A directory in memory, empty at each start",
  },
  {
    name: "volumes-from",
    type: "strings",
    value: "CONTAINER[:ro]",
    help: "The volumes and directories that another container has",
  },
  { name: "read-only", type: "boolean", help: "Root file system cannot be written" },
  {
    name: "read-only-tmpfs",
    type: "boolean",
    help: "With --read-only, /tmp, /run and /var/tmp in memory, as podman has them",
    hidden: true,
  },
];

/** @throws KasaneError `usage` */
export async function mountOptions(
  flags: ParsedFlags,
): Promise<MountOptions & { readonly readOnlyRoot: boolean }> {
  const directory = process.cwd();
  const [volumes, mounts, tmpfs] = [flags.strings("volume"), flags.strings("mount"), flags.strings("tmpfs")];
  const readOnlyRoot = flags.boolean("read-only");
  const requests: MountRequest[] = [];
  if (volumes.length > 0) {
    const { parseVolumeFlag } = await import("./volume-flag.ts");
    const createSource = grammar() !== "podman";
    requests.push(...volumes.map((text) => parseVolumeFlag(text, { directory, createSource })));
  }
  if (mounts.length > 0) {
    const { parseMountFlag } = await import("./mount-flag.ts");
    requests.push(...mounts.map((text) => parseMountFlag(text, directory)));
  }
  if (tmpfs.length > 0) {
    const { parseTmpfsFlag } = await import("./tmpfs-flag.ts");
    requests.push(...tmpfs.map(parseTmpfsFlag));
  }
  const isWritableInPart = flags.maybeBoolean("read-only-tmpfs") ?? grammar() === "podman";
  if (readOnlyRoot && isWritableInPart) {
    const { parseTmpfsFlag } = await import("./tmpfs-flag.ts");
    const free = ["/run", "/tmp", "/var/tmp"].filter(
      (path) => !requests.some(({ target }) => target === path),
    );
    requests.push(...free.map((path) => parseTmpfsFlag(`${path}:rw,dev,exec,mode=1777`)));
  }
  return {
    readOnlyRoot,
    mounts: requests,
    volumesFrom: flags.strings("volumes-from"),
  };
}
