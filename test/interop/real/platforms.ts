/** Images of several platforms: an index keeps its bytes on every way. */
import { describe, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { digestOf, hostPlatform } from "../../../src/oci/mod.ts";
import { parsed, type World } from "./world.ts";

const here = hostPlatform().architecture;
const architectures = [here, here === "arm64" ? "amd64" : "arm64"];
const index = "localhost/index:v1";

export function platforms(world: () => World): void {
  describe("an index of two platforms that podman made", () => {
    /** Where podman has pushed it, and what it pushed. */
    const pushed = () =>
      world().once("index", async () => {
        const { podman, registries } = world();
        const name = `${registries[0]!.host}/many/index:v1`;
        await podman("manifest", "create", index);
        for (const architecture of architectures) {
          await podman("manifest", "add", index, await smallImage(world(), architecture));
        }
        await podman("manifest", "push", "--all", "--tls-verify=false", index, `docker://${name}`);
        return { name, raw: await rawManifest(world(), `docker://${name}`) };
      });

    test("Kasane pulls, and pushes elsewhere, from where docker pulls it", async () => {
      const { kasane, docker, registries } = world();
      const { name, raw } = await pushed();
      expect(JSON.parse(raw).manifests).toHaveLength(2);
      expect(await kasane("pull", "--platform", "all", name)).toContain(`Digest: ${digestOf(raw)}\n`);
      const elsewhere = `${registries[1]!.host}/many/index:v1`;
      await kasane("tag", name, elsewhere);
      expect(await kasane("push", elsewhere)).toContain(digestOf(raw));
      expect(await rawManifest(world(), `docker://${elsewhere}`)).toBe(raw);

      expect(await docker("pull", elsewhere)).toContain(`Digest: ${digestOf(raw)}\n`);
      const [image] = await parsed(docker("image", "inspect", elsewhere));
      expect(image.Id).toBe((await kasane.identity(`localhost/small:${here}`)).id);
    });

    test("goes through Kasane's archives and skopeo's and back", async () => {
      const { newKasane, skopeo, fresh } = world();
      const { name, raw } = await pushed();
      const [saved, copied, again] = [fresh("saved.tar"), fresh("copied.tar"), fresh("again.tar")];
      const first = newKasane();
      await first("pull", "--quiet", "--platform", "all", name);
      await first("save", "--format", "oci-archive", "-o", saved, name);
      expect(await rawManifest(world(), `oci-archive:${saved}`)).toBe(raw);
      await skopeo("copy", "--all", "--quiet", `oci-archive:${saved}`, `oci-archive:${copied}:${name}`);
      const second = newKasane();
      await second("load", "-i", copied);
      await second("save", "--format", "oci-archive", "-o", again, name);
      expect(await rawManifest(world(), `oci-archive:${again}`)).toBe(raw);
    });

    test("is one platform's image for who asks for one", async () => {
      const { newKasane } = world();
      const { name, raw } = await pushed();
      for (const [position, architecture] of architectures.entries()) {
        const kasane = newKasane();
        await kasane("pull", "--platform", `linux/${architecture}`, name);
        const [image] = await parsed(kasane("inspect", name));
        expect(image.Architecture).toBe(architecture);
        expect(image.Descriptor.digest).toBe(JSON.parse(raw).manifests[position].digest);
      }
    });
  });
}

/** An image of one file, built by Kasane and loaded by podman. */
async function smallImage({ kasane, podman, fresh }: World, architecture: string): Promise<string> {
  const context = fresh("small");
  mkdirSync(context);
  await Bun.write(join(context, "Dockerfile"), "FROM scratch\nCOPY architecture /\n");
  await Bun.write(join(context, "architecture"), architecture);
  const image = `localhost/small:${architecture}`;
  await kasane("build", "--platform", `linux/${architecture}`, "-t", image, context);
  const archive = fresh("small.tar");
  await kasane("save", "-o", archive, image);
  await podman("load", "-i", archive);
  return `containers-storage:${image}`;
}

function rawManifest({ skopeo }: World, source: string): Promise<string> {
  return skopeo("inspect", "--raw", ...(source.startsWith("docker:") ? ["--tls-verify=false"] : []), source);
}
