import { type LocalStore, volumeData } from "../../store/mod.ts";
import type { ContainerMount } from "./container-mount.ts";

/** Docker's list of a container's mounts, by target. A tmpfs of `--tmpfs` is a setting, and told there. */
export function inspectMounts(store: Pick<LocalStore, "root">, mounts: readonly ContainerMount[]): object[] {
  return mounts
    .filter((mount) => mount.kind !== "tmpfs" || !mount.isSetting)
    .toSorted((a, b) => (a.target < b.target ? -1 : 1))
    .map((mount) => mountPoint(store, mount));
}

function mountPoint(store: Pick<LocalStore, "root">, mount: ContainerMount): object {
  const { target } = mount;
  switch (mount.kind) {
    case "bind":
      return {
        Type: "bind",
        Source: mount.source,
        Destination: target,
        Mode: mount.mode ?? "",
        RW: !mount.readOnly,
        Propagation: `r${mount.propagation ?? "private"}`,
      };
    case "volume":
      return {
        Type: "volume",
        Name: mount.name,
        Source: volumeData(store.root, mount.name),
        Destination: target,
        Driver: "local",
        Mode: mount.mode ?? "",
        RW: !mount.readOnly,
        Propagation: "",
      };
    case "tmpfs":
      return {
        Type: "tmpfs",
        Source: "",
        Destination: target,
        Mode: "",
        RW: !mount.flags?.readOnly,
        Propagation: "",
      };
    case "image":
      return {
        Type: "image",
        Source: mount.image,
        Destination: target,
        Mode: "",
        RW: false,
        Propagation: "",
      };
  }
}

/** What `ps` calls a mount: the name of a volume, the source of a bind. */
export function mountName(mount: ContainerMount): string {
  if (mount.kind === "volume") return mount.name;
  if (mount.kind === "bind") return mount.source;
  return mount.kind === "image" ? mount.image : mount.target;
}
