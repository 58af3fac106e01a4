/** What `kasane save` writes everybody loads, and the other way round: the same ids and, where the format has them, digests. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { parsed, realName, type World } from "./world.ts";

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
      expect(await podman("load", "-i", await saved(format))).toContain(`Loaded image: ${realName}`);
      const [image] = await parsed(podman("image", "inspect", realName));
      expect([`sha256:${image.Id}`, image.Digest]).toEqual([real.id, real.digest]);
      await podman("rmi", realName);
    });

    test("skopeo reads as either", async () => {
      const { skopeo, saved, real } = world();
      for (const transport of formats) {
        // As docker does it, the names of an OCI archive are tags, and the whole name is in an annotation.
        const name = transport === "oci-archive" ? "v1" : realName;
        const archive = `${transport}:${await saved("docker-archive")}:${name}`;
        const config = await parsed(skopeo("inspect", "--config", archive));
        expect(config.config.WorkingDir).toBe("/srv/app");
        const seen = await parsed(skopeo("inspect", archive));
        if (transport === "oci-archive") expect(seen.Digest).toBe(real.digest);
        const [id] = await copied(world(), archive);
        expect(id).toBe(real.id);
      }
      expect(await copied(world(), `oci-archive:${await saved("oci-archive")}`)).toEqual([
        real.id,
        real.digest,
      ]);
    });

    test("skopeo reads in Kasane's store itself", async () => {
      const { kasane, real } = world();
      expect(await copied(world(), `oci:${kasane.root}:${realName}`)).toEqual([real.id, real.digest]);
    });
  });

  describe("Kasane loads what", () => {
    test.each(formats)("podman saves as %s", async (format) => {
      const { podman, built, fresh, newKasane, skopeo } = world();
      const image = await built("podman");
      const archive = fresh("podman.tar");
      await podman("save", "--quiet", `--format=${format}`, "-o", archive, image);
      const [{ Id }] = await parsed(podman("image", "inspect", image));
      const { Digest } = await parsed(skopeo("inspect", `${format}:${archive}`));
      const kasane = newKasane();
      expect(await kasane("load", "-i", archive)).toContain(`Loaded image: ${image}`);
      const { id, digest } = await kasane.identity(image);
      expect(id).toBe(`sha256:${Id}`);
      // A docker-archive has no manifest of its own.
      if (format === "oci-archive") expect(digest).toBe(Digest);
    });

    test("docker saves, several images at once", async () => {
      const { docker, built, fresh, newKasane } = world();
      const images = [await built("docker"), await built("buildkit")];
      const archive = fresh("docker.tar");
      await docker("save", "-o", archive, ...images);
      const kasane = newKasane();
      await kasane("load", "-i", archive);
      for (const image of images) {
        const [{ Id }] = await parsed(docker("image", "inspect", image));
        expect((await kasane.identity(image)).id).toBe(Id);
      }
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
}

/** What skopeo makes of an image: the digests of its configuration and of its manifest. */
async function copied({ skopeo, fresh }: World, source: string): Promise<[id: string, digest: string]> {
  const directory = fresh("dir");
  await skopeo("copy", "--quiet", source, `dir:${directory}`);
  const path = join(directory, "manifest.json");
  const manifest = await Bun.file(path).json();
  return [manifest.config.digest, (await skopeo("manifest-digest", path)).trim()];
}
