/** The file system of an image as everybody who unpacks it sees it. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { isImageXattr, treeDifference, treeOf } from "../../trees.ts";
import { extract, realName, type World } from "./world.ts";

/** How a tree is looked at. */
interface View {
  /** Tar writers of Go cut times to seconds. Default: nanoseconds. */
  readonly times?: "seconds" | "none";
  readonly xattr?: (key: string) => boolean;
  /** True for paths that are left out. */
  readonly without?: (path: string) => boolean;
}

/** containers/storage and docker take what is older than the epoch for the epoch. */
const isAncient = (path: string) => path === "/odd/ancient";
/** docker's and podman's exports do not tell of the root directory, and containers/storage gives it a mode of its own. */
const isRoot = (path: string) => path === "/";
/** What docker mounts into a container has mount points in what it exports; `/dev` and `/etc` get new times with them. */
const isDockerMount = (path: string) =>
  /^\/(\.dockerenv|dev|dev\/console|etc|etc\/(hostname|hosts|mtab|resolv\.conf))$/.test(path);
/** podman leaves a mount point of RUN in the layer. */
const isPodmanMount = (path: string) => path === "/etc/hosts";
/** The only xattr that docker writes into a tar. */
const isDockerXattr = (key: string) => key === "security.capability";

const podmanView: View = { without: (path) => isAncient(path) || isRoot(path) };
const dockerView: View = {
  times: "seconds",
  without: (path) => isAncient(path) || isRoot(path) || isDockerMount(path),
  xattr: isDockerXattr,
};

export function trees(world: () => World): void {
  describe("kasane export IMAGE is the file system of", () => {
    test("kasane run", async () => {
      await expectSame(await exported(world(), realName), await kasaneContainer(world(), realName));
    });

    test.each([
      "in Kasane's store",
      "copied by skopeo",
    ])("umoci unpack of an OCI layout %s", async (layout) => {
      const { kasane, skopeo, umoci, saved, fresh } = world();
      let image = `${kasane.root}:${realName}`;
      if (layout === "copied by skopeo") {
        image = `${fresh("layout")}:v1`;
        await skopeo("copy", "--quiet", `oci-archive:${await saved("oci-archive")}`, `oci:${image}`);
      }
      const bundle = fresh("bundle");
      await umoci("unpack", "--image", image, bundle);
      await expectSame(await exported(world(), realName), join(bundle, "rootfs"));
    });

    test("podman image mount, podman export", async () => {
      await has(world(), "podman");
      const ours = await exported(world(), realName);
      await expectSame(ours, await podmanMount(world(), realName), podmanView);
      await expectSame(ours, await containerOf(world(), "podman", realName), {
        ...podmanView,
        times: "seconds",
      });
    });

    test("docker export", async () => {
      await has(world(), "docker");
      const theirs = await containerOf(world(), "docker", realName);
      await expectSame(await exported(world(), realName), theirs, dockerView);
    });

    test("what docker and podman import", async () => {
      const { docker, podman } = world();
      const archive = await exportedArchive(world(), realName);
      // Both refuse a layer that names a path twice.
      await docker("import", archive, "localhost/flat:v1");
      await podman("import", "--quiet", archive, "localhost/flat:v1");
      const theirs = await podmanMount(world(), "localhost/flat:v1");
      await expectSame(await exported(world(), realName), theirs, podmanView);
    });

    test("it has what the layers were made for", async () => {
      const all = lines(await exported(world(), realName), {}).join("\n");
      for (const line of present) expect(all).toContain(line);
      for (const path of absent) expect(all).not.toContain(`${JSON.stringify(path)} `);
    });
  });

  describe("the same Dockerfile, built by Kasane and by", () => {
    test("podman", async () => {
      const image = await world().builtAndLoaded("podman");
      const theirs = await exported(world(), image);
      await expectSame(theirs, await podmanMount(world(), image), podmanView);
      await expectSame(theirs, await kasaneContainer(world(), image));
      await expectSame(await exported(world(), realName), theirs, { times: "none", without: isPodmanMount });
    });

    test.each(["docker", "buildkit"] as const)("%s", async (builder) => {
      const image = await world().builtAndLoaded(builder);
      const theirs = await exported(world(), image);
      await expectSame(theirs, await containerOf(world(), "docker", image), dockerView);
      await expectSame(theirs, await kasaneContainer(world(), image));
      await expectSame(await exported(world(), realName), theirs, { times: "none", xattr: isDockerXattr });
    });
  });
}

const present = [
  '"/odd/日本語/ファイル/重ね.txt" file',
  '"/srv/app/重ね name" file',
  '"/odd/back\\\\slash" file',
  '"/odd/new\\nline" file',
  '"/odd/capable" file 4755 33:0',
  "security.capability=0100000200240000000000000000000000000000",
  '"/odd/null-too" character-device 0644 0:0 1:3',
  '"/odd/linked-too" symlink 0:0 → "/odd/keep" =/odd/linked',
  '"/odd/huge-owner" file 0644 4000000000:3000000',
  '"/odd/replaced/back" file',
  '"/odd/old" file 0644 0:0 0 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 @981173106.789012345',
  "user.binary=00ff0a3d",
  "user.directory=796573",
];
const absent = [
  "/odd/second",
  "/etc/issue",
  "/odd/replaced/one",
  "/odd/emptied/two",
  "/odd/gone/deep/deeper",
];

async function expectSame(left: string, right: string, view: View = {}): Promise<void> {
  expect(treeDifference(lines(left, view), lines(right, view))).toEqual([]);
}

function lines(directory: string, { times = "nanoseconds" as never, xattr, without }: View): string[] {
  const all = treeOf(directory, {
    ...(times === "none" ? {} : { times }),
    xattr: (key) => isImageXattr(key) && (xattr?.(key) ?? true),
  });
  return all.filter((line) => {
    const path: string = JSON.parse(/^"(?:[^"\\]|\\.)*"/.exec(line)![0]);
    return without?.(path) !== true;
  });
}

/** What Kasane exports of an image; each image once. */
function exportedArchive({ once, kept, kasane }: World, image: string): Promise<string> {
  return once(`archive ${image}`, async () => {
    const archive = kept("exported.tar");
    await kasane("export", "-o", archive, image);
    return archive;
  });
}

/** The same, unpacked. */
function exported(world: World, image: string): Promise<string> {
  return world.once(`exported ${image}`, async () =>
    extract(await exportedArchive(world, image), world.kept("exported")),
  );
}

/** Makes sure that an engine has the image, which a test before may have loaded and removed. */
async function has(world: World, engine: "podman" | "docker"): Promise<void> {
  await world[engine]("load", "-i", await world.saved("docker-archive"));
}

/** The merged view that a container has of an image. */
async function kasaneContainer({ kasane, fresh }: World, image: string): Promise<string> {
  await kasane("run", "--name", "seen", image, "true");
  const archive = fresh("container.tar");
  await kasane("export", "-o", archive, "seen");
  await kasane("rm", "seen");
  return extract(archive, fresh("container"));
}

async function podmanMount({ podman }: World, image: string): Promise<string> {
  return (await podman("image", "mount", image)).trim();
}

/** The directory of what an engine exports of a new container. */
async function containerOf(world: World, engine: "podman" | "docker", image: string): Promise<string> {
  const container = (await world[engine]("create", image)).trim();
  const archive = world.fresh(`${engine}.tar`);
  await world[engine]("export", "-o", archive, container);
  await world[engine]("rm", container);
  return extract(archive, world.fresh(`${engine}-export`));
}
