import type { Command } from "./command.ts";

interface Listing {
  readonly summary: string;
  readonly load: () => Promise<{ default: Command }>;
}

/**
 * Every command by the words that call it, in the sections and the order of `kasane --help`. Only the one that is called is loaded:
 * `kasane version` opens no database.
 */
export const sections: Readonly<Record<string, Readonly<Record<string, Listing>>>> = {
  Images: {
    build: { summary: "Build an image from a Dockerfile", load: () => import("./commands/build.ts") },
    why: {
      summary: "Explain why the steps of a build ran, or did not",
      load: () => import("./commands/why.ts"),
    },
    pull: { summary: "Download an image from a registry", load: () => import("./commands/pull.ts") },
    push: { summary: "Upload an image to a registry", load: () => import("./commands/push.ts") },
    search: { summary: "Search a registry for images", load: () => import("./commands/search.ts") },
    login: { summary: "Log in to a registry", load: () => import("./commands/login.ts") },
    logout: { summary: "Log out from a registry", load: () => import("./commands/logout.ts") },
    images: { summary: "List images", load: () => import("./commands/images.ts") },
    tag: { summary: "Give an image another name", load: () => import("./commands/tag.ts") },
    rmi: { summary: "Remove one or more images", load: () => import("./commands/rmi.ts") },
    inspect: {
      summary: "Show everything about images, containers and volumes as JSON",
      load: () => import("./commands/inspect.ts"),
    },
    "image inspect": {
      summary: "Show everything about images as JSON",
      load: () => import("./commands/image-inspect.ts"),
    },
    history: {
      summary: "Show the layers and instructions of an image",
      load: () => import("./commands/history.ts"),
    },
    ls: { summary: "List files in an image", load: () => import("./commands/ls.ts") },
    cat: { summary: "Print files of an image", load: () => import("./commands/cat.ts") },

    "image diff": {
      summary: "Show what differs between two images",
      load: () => import("./commands/image-diff.ts"),
    },
    "image tree": {
      summary: "Show the layers of an image, and who shares them",
      load: () => import("./commands/image-tree.ts"),
    },
    "image waste": {
      summary: "Show what an image's layers hold for nothing",
      load: () => import("./commands/image-waste.ts"),
    },
    "image mount": {
      summary: "Mount the files of images, to be read with any program",
      load: () => import("./working/image-mount.ts"),
    },
    "image exists": {
      summary: "Ask whether there is an image",
      load: () => import("./commands/image-exists.ts"),
    },
    "image unmount": { summary: "Unmount images", load: () => import("./working/image-unmount.ts") },
    save: { summary: "Write images to a tar archive", load: () => import("./commands/save.ts") },
    load: { summary: "Read images from a tar archive", load: () => import("./commands/load.ts") },
    import: { summary: "Make an image from a root file system", load: () => import("./commands/import.ts") },
  },
  Containers: {
    run: { summary: "Run a command in a new container", load: () => import("./commands/run.ts") },
    create: {
      summary: "Make a container without running it",
      load: () => import("./commands/create.ts"),
    },
    start: { summary: "Start containers that do not run", load: () => import("./commands/start.ts") },
    stop: { summary: "Stop one or more running containers", load: () => import("./commands/stop.ts") },
    restart: {
      summary: "Stop containers and start them again",
      load: () => import("./commands/restart.ts"),
    },
    kill: { summary: "Send a signal to running containers", load: () => import("./commands/kill.ts") },
    exec: {
      summary: "Run another command in a container that runs",
      load: () => import("./commands/exec.ts"),
    },
    attach: {
      summary: "See a running container's output here, and type into it",
      load: () => import("./commands/attach.ts"),
    },
    logs: { summary: "Show what a container has written", load: () => import("./commands/logs.ts") },
    "container layers": {
      summary: "Show the layers that a container's files come from",
      load: () => import("./commands/container-layers.ts"),
    },
    "container exists": {
      summary: "Ask whether there is a container",
      load: () => import("./commands/container-exists.ts"),
    },
    "healthcheck run": {
      summary: "Check a container's health now",
      load: () => import("./commands/healthcheck-run.ts"),
    },
    top: { summary: "Show the processes of a container", load: () => import("./commands/top.ts") },
    stats: { summary: "Show what containers take", load: () => import("./commands/stats.ts") },
    pause: {
      summary: "Stop every process of a container, for a while",
      load: () => import("./commands/pause.ts"),
    },
    unpause: { summary: "Let paused containers go on", load: () => import("./commands/unpause.ts") },
    update: { summary: "Change what containers may take", load: () => import("./commands/update.ts") },
    wait: {
      summary: "Wait until containers end, and print their exit codes",
      load: () => import("./commands/wait.ts"),
    },
    rename: { summary: "Give a container another name", load: () => import("./commands/rename.ts") },
    ps: { summary: "List containers", load: () => import("./commands/ps.ts") },
    port: {
      summary: "Show where the ports of a container are reached",
      load: () => import("./commands/port.ts"),
    },
    "network create": {
      summary: "Make a network in which containers find each other by name",
      load: () => import("./commands/network-create.ts"),
    },
    "network ls": {
      summary: "List networks",
      load: () => import("./commands/network-ls.ts"),
    },
    "network inspect": {
      summary: "Show everything about networks as JSON",
      load: () => import("./commands/network-inspect.ts"),
    },
    "network rm": {
      summary: "Remove one or more networks",
      load: () => import("./commands/network-rm.ts"),
    },
    "network prune": {
      summary: "Remove the networks that no container uses",
      load: () => import("./commands/network-prune.ts"),
    },
    "network connect": {
      summary: "Make a container a member of a network",
      load: () => import("./commands/network-connect.ts"),
    },
    "network disconnect": {
      summary: "End a container's membership in a network",
      load: () => import("./commands/network-disconnect.ts"),
    },
    "container inspect": {
      summary: "Show everything about containers as JSON",
      load: () => import("./commands/container-inspect.ts"),
    },
    commit: {
      summary: "Make an image from a container's changes",
      load: () => import("./commands/commit.ts"),
    },
    export: {
      summary: "Write the file system of a container or image as a tar",
      load: () => import("./commands/export.ts"),
    },
    cp: {
      summary: "Copy files between a container and this machine, or out of an image",
      load: () => import("./commands/cp.ts"),
    },
    diff: {
      summary: "List what a container has changed in its file system",
      load: () => import("./commands/diff.ts"),
    },
    rm: { summary: "Remove one or more containers", load: () => import("./commands/rm.ts") },
  },
  Volumes: {
    "volume create": { summary: "Make a volume", load: () => import("./commands/volume-create.ts") },
    "volume ls": { summary: "List volumes", load: () => import("./commands/volume-ls.ts") },
    "volume inspect": {
      summary: "Show everything about volumes as JSON",
      load: () => import("./commands/volume-inspect.ts"),
    },
    "volume exists": {
      summary: "Ask whether there is a volume",
      load: () => import("./commands/volume-exists.ts"),
    },
    "volume export": {
      summary: "Write what is in a volume as a tar",
      load: () => import("./commands/volume-export.ts"),
    },
    "volume import": {
      summary: "Unpack a tar into a volume",
      load: () => import("./commands/volume-import.ts"),
    },
    "volume rm": {
      summary: "Remove volumes and everything in them",
      load: () => import("./commands/volume-rm.ts"),
    },
  },
  "Working containers": {
    from: {
      summary: "Make a working container from an image, or from nothing",
      load: () => import("./working/from.ts"),
    },
    mount: {
      summary: "Mount the files of working containers, to be changed with any program",
      load: () => import("./working/mount.ts"),
    },
    umount: { summary: "Unmount working containers", load: () => import("./working/umount.ts") },
    copy: { summary: "Copy files into a working container", load: () => import("./working/copy.ts") },
    add: {
      summary: "Copy files into a working container, and unpack archives there",
      load: () => import("./working/add.ts"),
    },
    config: {
      summary: "Change what the image of a working container will be",
      load: () => import("./working/config.ts"),
    },
    containers: { summary: "List working containers", load: () => import("./working/containers.ts") },
    "buildah run": {
      summary: "Run a command in a working container",
      load: () => import("./working/buildah-run.ts"),
    },
    "buildah inspect": {
      summary: "Show everything about a working container or image, as buildah does",
      load: () => import("./working/buildah-inspect.ts"),
    },
    "buildah rm": { summary: "Remove working containers", load: () => import("./working/buildah-rm.ts") },
  },
  "Images for several platforms": {
    "manifest inspect": {
      summary: "Show the manifest of an image, or a manifest list",
      load: () => import("./commands/manifest-inspect.ts"),
    },
    "manifest create": {
      summary: "Put images for several platforms together under one name",
      load: () => import("./commands/manifest-create.ts"),
    },
    "manifest add": {
      summary: "Add images to a manifest list",
      load: () => import("./commands/manifest-add.ts"),
    },
    "manifest annotate": {
      summary: "Say more about an image in a manifest list",
      load: () => import("./commands/manifest-annotate.ts"),
    },
    "manifest remove": {
      summary: "Take an image out of a manifest list",
      load: () => import("./commands/manifest-remove.ts"),
    },
    "manifest push": {
      summary: "Push a manifest list and its images to a registry",
      load: () => import("./commands/manifest-push.ts"),
    },
    "manifest rm": {
      summary: "Remove manifest lists from this store",
      load: () => import("./commands/manifest-rm.ts"),
    },
    "manifest exists": {
      summary: "Ask whether there is a manifest list",
      load: () => import("./commands/manifest-exists.ts"),
    },
    "buildx imagetools inspect": {
      summary: "Show what a registry has under a name",
      load: () => import("./commands/imagetools-inspect.ts"),
    },
    "buildx imagetools create": {
      summary: "Make an image for several platforms in a registry",
      load: () => import("./commands/imagetools-create.ts"),
    },
  },
  Registry: {
    "skopeo inspect": {
      summary: "Show an image of a registry, archive or directory as skopeo does",
      load: () => import("./tools/skopeo-inspect.ts"),
    },
    "skopeo list-tags": {
      summary: "List the tags of a repository in a registry",
      load: () => import("./tools/skopeo-list-tags.ts"),
    },
    "skopeo delete": {
      summary: "Delete an image from a registry",
      load: () => import("./tools/skopeo-delete.ts"),
    },
    serve: { summary: "Serve a registry over HTTP", load: () => import("./commands/serve.ts") },
    "registry image": {
      summary: "Make an image of the registry, from this program",
      load: () => import("./commands/registry-image.ts"),
    },
    "registry import": {
      summary: "Take over the store of another registry",
      load: () => import("./commands/registry-import.ts"),
    },
    "registry retention": {
      summary: "Remove the tags of hosted repositories that no rule keeps",
      load: () => import("./commands/registry-retention.ts"),
    },
    "registry deleted": {
      summary: "List deleted tags that can be brought back",
      load: () => import("./commands/registry-deleted.ts"),
    },
    "registry restore": {
      summary: "Bring a deleted tag of a hosted repository back",
      load: () => import("./commands/registry-restore.ts"),
    },
    "registry robot": {
      summary: "Accounts for programs that use the registry",
      load: () => import("./commands/registry-robot.ts"),
    },
    "registry rotate-key": {
      summary: "Sign the registry's tokens with a new key",
      load: () => import("./commands/registry-rotate-key.ts"),
    },
  },
  "Cleaning up": {
    "image prune": { summary: "Remove unused images", load: () => import("./commands/image-prune.ts") },
    "container prune": {
      summary: "Remove all stopped containers",
      load: () => import("./commands/container-prune.ts"),
    },
    "volume prune": {
      summary: "Remove volumes that no container has",
      load: () => import("./commands/volume-prune.ts"),
    },
    "builder du": {
      summary: "Show what the build cache takes",
      load: () => import("./commands/builder-du.ts"),
    },
    "builder prune": {
      summary: "Remove build cache",
      load: () => import("./commands/builder-prune.ts"),
    },
    "system prune": {
      summary: "Remove everything that is not used",
      load: () => import("./commands/system-prune.ts"),
    },
    gc: {
      summary: "Remove what nothing in the store refers to any more",
      load: () => import("./commands/gc.ts"),
    },
    fsck: { summary: "Check the store, and repair it", load: () => import("./commands/fsck.ts") },
  },
  System: {
    "system df": {
      summary: "Show what images, containers and build cache take",
      load: () => import("./commands/system-df.ts"),
    },
    info: { summary: "Show the store and what this system can do", load: () => import("./commands/info.ts") },
    version: { summary: "Show the version", load: () => import("./commands/version.ts") },
    completion: {
      summary: "Print a script that completes commands in a shell",
      load: () => import("./commands/completion.ts"),
    },
    shims: {
      summary: "Make links named docker, podman, buildah and skopeo to Kasane",
      load: () => import("./tools/shims.ts"),
    },
    unshare: {
      summary: "Run a program where unpacked images can be changed without root",
      load: () => import("./commands/unshare.ts"),
    },
  },
};

export const commands: Readonly<Record<string, Listing>> = Object.assign({}, ...Object.values(sections));

/** Docker's management forms and other names of the same commands. */
export const aliases: Readonly<Record<string, string>> = {
  "image ls": "images",
  "image list": "images",
  "image build": "build",
  "image pull": "pull",
  "image push": "push",
  "image tag": "tag",
  "image rm": "rmi",
  "image remove": "rmi",
  "image history": "history",
  "image save": "save",
  "image load": "load",
  "image import": "import",
  "container run": "run",
  "container create": "create",
  "container ls": "ps",
  "container list": "ps",
  "container ps": "ps",
  "container stats": "stats",
  "container pause": "pause",
  "container unpause": "unpause",
  "container update": "update",
  "container commit": "commit",
  "container export": "export",
  "container cp": "cp",
  "container diff": "diff",
  "container rm": "rm",
  "container start": "start",
  "container stop": "stop",
  "container restart": "restart",
  "container kill": "kill",
  "container exec": "exec",
  "container attach": "attach",
  "container logs": "logs",
  "container top": "top",
  "container wait": "wait",
  "container rename": "rename",
  "volume list": "volume ls",
  "volume remove": "volume rm",
  "builder build": "build",
  "buildx build": "build",
  "buildx prune": "builder prune",
  "buildx du": "builder du",
  "registry serve": "serve",
  "imagetools inspect": "buildx imagetools inspect",
  "imagetools create": "buildx imagetools create",
  "system info": "info",
  unmount: "umount",
  "image umount": "image unmount",
  "buildah commit": "commit",
};

export function allNames(): string[] {
  return [...Object.keys(commands), ...Object.keys(aliases)];
}

/** `registry robot` and whatever else begins with `registry`. */
export function memberNames(group: string): string[] {
  return allNames().filter((name) => name.startsWith(`${group} `));
}

/** What other registries' programs call it, with what is done here instead. */
export const elsewhere: Readonly<Record<string, string>> = {
  "registry garbage-collect":
    "a server collects garbage while it serves; 'kasane --root DIR gc' does so now, 'gc --dry-run' tells what would go",
};

/** The command that `words` begin with: its canonical name and how many words it took. */
export function findCommand(words: readonly string[]): { name: string; words: number } | undefined {
  for (const count of [3, 2, 1]) {
    if (words.length < count) continue;
    const typed = words.slice(0, count).join(" ");
    const name = aliases[typed] ?? typed;
    if (Object.hasOwn(commands, name)) return { name, words: count };
  }
  return undefined;
}
