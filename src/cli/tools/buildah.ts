import { podmanFlags } from "./podman.ts";
import { sameWords, type Tool } from "./tool.ts";

export default {
  name: "buildah",
  globalFlags: { ...podmanFlags, "--debug": "none" },
  commands: {
    ...sameWords(
      "from, mount, umount, unmount, copy, add, commit, config, containers, images, pull, push, tag, rmi",
    ),
    ...sameWords(
      "login, logout, build, unshare, info, version, manifest inspect, manifest create, manifest add",
    ),
    ...sameWords("manifest annotate, manifest remove, manifest push, manifest rm, manifest exists"),
    ...{ run: "buildah run", rm: "buildah rm", delete: "buildah rm", inspect: "buildah inspect" },
    ...{ rename: "rename", list: "containers", ls: "containers", ps: "containers", bud: "build" },
    "build-using-dockerfile": "build",
  },
  missing: ["source", "prune", "mkcw"],
} satisfies Tool;
