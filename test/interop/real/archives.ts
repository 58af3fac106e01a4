/** What `kasane save` writes everybody loads, and the other way round: the same ids and, where the format has them, digests. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { digestOf, parseDigest } from "../../../src/oci/mod.ts";
import { runOk } from "../../outside.ts";
import { type Identity, parsed, realName, type World } from "./world.ts";

const formats = ["docker-archive", "oci-archive"] as const;

export function archives(world: () => World): void {
  describe("an archive that Kasane saved", () => {
    test("docker loads", async () => {
      const { docker, saved, real } = world();
      expect(await docker("load", "-i", await saved("docker-archive"))).toContain(
        `Loaded image: ${realName}`,
      );
      const [image] = await parsed(docker("image", "inspect", realName));
      expect(image.Id).toBe(real.id);
    });

    test.each(formats)("podman loads (%s)", async (format) => {
      const { podman, saved, real } = world();
      await podman("rmi", "--force", "--ignore", realName);
      expect(await podman("load", "-i", await saved(format))).toContain(`Loaded image: ${realName}`);
      const [image] = await parsed(podman("image", "inspect", realName));
      expect([`sha256:${image.Id}`, image.Digest]).toEqual([real.id, real.digest]);
    });

    test("skopeo reads as either", async () => {
      const { skopeo, saved, real } = world();
      const archive = await saved("docker-archive");
      const config = ["inspect", "--raw", "--config"];
      expect(digestOf(await skopeo(...config, `docker-archive:${archive}:${realName}`))).toBe(real.id);
      // As docker does it, the names of an OCI archive are tags, and the whole name is in an annotation.
      expect(digestOf(await skopeo(...config, `oci-archive:${archive}:v1`))).toBe(real.id);
      expect(digestOf(await skopeo("inspect", "--raw", `oci-archive:${archive}:v1`))).toBe(real.digest);
      expect(await copied(world(), `docker-archive:${archive}`)).toMatchObject({ id: real.id });
      expect(await copied(world(), `oci-archive:${await saved("oci-archive")}`)).toEqual(real);
    });

    test("skopeo reads in Kasane's store itself", async () => {
      const { kasane, real } = world();
      expect(await copied(world(), `oci:${kasane.root}:${realName}`)).toEqual(real);
    });
  });

  describe("Kasane loads what", () => {
    test("podman and docker save", async () => {
      for (const by of ["podman", "docker", "buildkit"] as const) {
        const image = await world().builtAndLoaded(by);
        const engine = world()[by === "podman" ? "podman" : "docker"];
        const [{ Id }] = await parsed(engine("image", "inspect", image));
        const { id } = await world().kasane.identity(image);
        expect(id).toBe(by === "podman" ? `sha256:${Id}` : Id);
      }
    });

    test("podman saves as oci-archive", async () => {
      const { podman, built, fresh, newKasane, skopeo } = world();
      const image = await built("podman");
      const archive = fresh("podman.tar");
      await podman("save", "--quiet", "--format=oci-archive", "-o", archive, image);
      const kasane = newKasane();
      expect(await kasane("load", "-i", archive)).toContain(`Loaded image: ${image}`);
      // podman has compressed the layers for this archive: only the archive knows the digest.
      const manifest = await skopeo("inspect", "--raw", `oci-archive:${archive}`);
      const [{ Id }] = await parsed(podman("image", "inspect", image));
      expect(await kasane.identity(image)).toEqual({
        id: parseDigest(`sha256:${Id}`),
        digest: digestOf(manifest),
      });
    });

    test.each(formats)("skopeo writes as %s", async (format) => {
      const { skopeo, kasane: source, fresh, newKasane, real } = world();
      const archive = fresh("skopeo.tar");
      await skopeo("copy", "--quiet", `oci:${source.root}:${realName}`, `${format}:${archive}:${realName}`);
      const kasane = newKasane();
      expect(await kasane("load", "-i", archive)).toContain(`Loaded image: ${realName}`);
      const { id, digest } = await kasane.identity(realName);
      expect(id).toBe(real.id);
      if (format === "oci-archive") expect(digest).toBe(real.digest);
    });
  });

  test("docker and podman take what Kasane imports from an archive that they refuse", async () => {
    const { kasane, docker, podman, fresh } = world();
    const [directory, archive, saved] = [fresh("odd"), fresh("odd.tar"), fresh("saved.tar")];
    await runOk(["mkdir", directory]);
    await runOk(["truncate", "--size=1M", join(directory, "sparse")]);
    await Bun.write(join(directory, "twice"), "first\n");
    const tar = ["tar", "--format=gnu", "--sparse", "-C", directory, "-f", archive];
    await runOk([...tar, "-c", "sparse", "twice"]);
    await Bun.write(join(directory, "twice"), "second\n");
    await runOk([...tar, "-r", "twice"]);
    const image = "localhost/odd:v1";
    await expect(docker("import", archive, image)).rejects.toThrow();
    await expect(podman("import", archive, image)).rejects.toThrow();

    await kasane("import", archive, image);
    await kasane("save", "-o", saved, image);
    await docker("load", "-i", saved);
    await podman("load", "-i", saved);
    const tree = (await podman("image", "mount", image)).trim();
    expect(await Bun.file(join(tree, "twice")).text()).toBe("second\n");
    expect(await Bun.file(join(tree, "sparse")).bytes()).toEqual(new Uint8Array(2 ** 20));
  });
}

/** What skopeo makes of an image when it copies it. */
async function copied({ skopeo, fresh }: World, source: string): Promise<Identity> {
  const directory = fresh("dir");
  await skopeo("copy", "--quiet", source, `dir:${directory}`);
  const manifest = await Bun.file(join(directory, "manifest.json")).text();
  return { id: JSON.parse(manifest).config.digest, digest: digestOf(manifest) };
}
