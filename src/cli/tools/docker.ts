import { flagsOfKind, membersOf, sameWords, type Tool } from "./tool.ts";

export const imageCommands = {
  ...{ ls: "images", list: "images", build: "build", pull: "pull", push: "push", tag: "tag", rm: "rmi" },
  ...{ remove: "rmi", history: "history", save: "save", load: "load", import: "import" },
  ...{ inspect: "image inspect", prune: "image prune" },
};
export const containerCommands = {
  ...{ ls: "ps", list: "ps", ps: "ps", run: "run", create: "create", commit: "commit", export: "export" },
  ...{ cp: "cp", diff: "diff", rm: "rm", inspect: "container inspect", prune: "container prune" },
  ...{ attach: "attach", exec: "exec", kill: "kill", logs: "logs", rename: "rename", restart: "restart" },
  ...{ start: "start", stop: "stop", top: "top", port: "port", wait: "wait", stats: "stats" },
  ...{ pause: "pause", unpause: "unpause", update: "update" },
};
export const volumeCommands = {
  ...{ create: "volume create", ls: "volume ls", list: "volume ls", inspect: "volume inspect" },
  ...{ rm: "volume rm", remove: "volume rm", prune: "volume prune" },
};

export default {
  name: "docker",
  globalFlags: {
    ...flagsOfKind("value", "--config -c --context -H --host -l --log-level --tlscacert --tlscert --tlskey"),
    ...flagsOfKind("none", "-D --debug --tls --tlsverify"),
  },
  commands: {
    ...sameWords(
      "run, create, ps, images, build, pull, push, search, login, logout, tag, rmi, inspect, history, save",
    ),
    ...sameWords(
      "load, import, commit, export, cp, diff, rm, version, info, completion, system df, system prune",
    ),
    ...sameWords("port, network create, network ls, network inspect, network rm, network prune"),
    ...sameWords("network connect, network disconnect"),
    ...{ "network list": "network ls", "network remove": "network rm" },
    ...sameWords(
      "attach, exec, kill, logs, rename, restart, start, stop, top, wait, pause, unpause, stats, update",
    ),
    ...sameWords("manifest inspect, manifest create, manifest annotate, manifest push, manifest rm"),
    ...sameWords("buildx imagetools inspect, buildx imagetools create, builder prune"),
    ...membersOf("image", imageCommands),
    ...membersOf("container", containerCommands),
    ...membersOf("volume", volumeCommands),
    ...{ "builder build": "build", "buildx build": "build", "buildx prune": "builder prune" },
    "system info": "info",
  },
  missing: [
    ...["events", "checkpoint", "config", "context", "node", "plugin", "secret", "service"],
    ...["stack", "swarm", "trust", "volume update", "compose", "buildx", "builder", "scout", "system events"],
  ],
} satisfies Tool;
