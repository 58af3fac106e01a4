import docker, { containerCommands, imageCommands, volumeCommands } from "./docker.ts";
import { flagsOfKind, membersOf, sameWords, type Tool } from "./tool.ts";

const commonValues =
  "--cgroup-manager --log-level --registries-conf --registries-conf-dir --runroot --storage-driver --storage-opt --tmpdir";

export const podmanFlags = {
  ...flagsOfKind("root", "--root"),
  ...flagsOfKind("value", `${commonValues} --short-name-alias-conf --userns-gid-map --userns-uid-map`),
} as const;

/** Podman: docker's words, and some of its own. */
export default {
  name: "podman",
  globalFlags: {
    ...podmanFlags,
    ...flagsOfKind(
      "value",
      "--conmon -c --connection --events-backend --hooks-dir --identity --imagestore --module",
    ),
    ...flagsOfKind(
      "value",
      "--namespace --network-cmd-path --network-config-dir --out --runtime --runtime-flag",
    ),
    ...flagsOfKind("value", "--url --volumepath --db-backend --ssh"),
    ...flagsOfKind("none", "-r --remote --noout --syslog --transient-store"),
  },
  commands: {
    ...sameWords(
      "run, create, ps, images, build, pull, push, search, login, logout, tag, rmi, inspect, history, save",
    ),
    ...sameWords(
      "load, import, commit, export, cp, diff, rm, version, info, completion, unshare, system df, system prune",
    ),
    ...sameWords("port, network create, network ls, network inspect, network rm, network prune"),
    ...sameWords("network connect, network disconnect"),
    ...{ "network list": "network ls", "network remove": "network rm" },
    ...sameWords("healthcheck run, container exists, image exists"),
    ...sameWords(
      "attach, exec, kill, logs, rename, restart, start, stop, top, wait, pause, unpause, stats, update",
    ),
    ...sameWords("manifest inspect, manifest create, manifest add, manifest annotate, manifest remove"),
    ...sameWords("manifest push, manifest rm, manifest exists, image mount, image tree, image diff"),
    ...membersOf("image", imageCommands),
    ...membersOf("container", containerCommands),
    ...membersOf("volume", {
      ...volumeCommands,
      exists: "volume exists",
      export: "volume export",
      import: "volume import",
    }),
    ...{ "image unmount": "image unmount", "image umount": "image unmount", "container list": "ps" },
    ...{ "system info": "info", "buildx build": "build", list: "ps", ls: "ps" },
  },
  missing: [
    ...docker.missing.filter((word) => word !== "buildx"),
    ...["auto-update", "generate", "init", "kube", "machine", "mount", "play", "pod", "umount"],
    ...["untag", "unmount", "quadlet", "farm", "image scp", "image sign", "image trust"],
    ...["image untag", "image search", "container mount", "container checkpoint"],
    ...["container init", "container clone", "container restore", "container runlabel", "system connection"],
    ...["volume mount", "volume unmount", "volume reload"],
    ...["system migrate", "system reset", "system service", "system renumber"],
  ],
} satisfies Tool;
