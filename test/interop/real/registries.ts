/** Kasane, skopeo, podman and docker over two registries: everybody speaks of the same digests and ids. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { digestOf, parseDigest } from "../../../src/oci/mod.ts";
import { type Identity, kasaneAt, parsed, type Registry, realName, type World } from "./world.ts";

export function registries(world: () => World, hosts: readonly Registry["name"][]): void {
  describe.each([...hosts])("through %s", (registry) => {
    const host = () => world().registries.find(({ name }) => name === registry)!.host;

    test("what Kasane pushes is what skopeo, podman and docker pull", async () => {
      const { kasane, skopeo, podman, docker, fresh, real } = world();
      const name = `${host()}/team/real:v1`;
      await kasane("tag", realName, name);
      expect(await kasane("push", name)).toContain(`v1: digest: ${real.digest} size: `);

      const seen = await parsed(skopeo("inspect", "--tls-verify=false", `docker://${name}`));
      expect(seen.Digest).toBe(real.digest);
      const directory = fresh("copied");
      await skopeo("copy", "--quiet", "--src-tls-verify=false", `docker://${name}`, `dir:${directory}`);
      const manifest = await Bun.file(join(directory, "manifest.json")).bytes();
      expect(digestOf(manifest)).toBe(real.digest);
      expect(JSON.parse(new TextDecoder().decode(manifest)).config.digest).toBe(real.id);

      await podman("pull", "--quiet", "--tls-verify=false", name);
      const [pulled] = await parsed(podman("image", "inspect", name));
      expect([`sha256:${pulled.Id}`, pulled.Digest]).toEqual([real.id, real.digest]);
      // So that the other registry is asked for the bytes as well.
      await podman("rmi", "--force", name);

      expect(await docker("pull", name)).toContain(`Digest: ${real.digest}\n`);
      const [image] = await parsed(docker("image", "inspect", name));
      expect(image.Id).toBe(real.id);
      expect(image.RepoDigests).toContain(`${host()}/team/real@${real.digest}`);
      await docker("rmi", "--force", real.id);
    });

    test.each([
      "skopeo",
      "podman",
      "docker",
      "buildkit",
    ] as const)("what %s pushes is what Kasane pulls and runs", async (by) => {
      const { once, kept } = world();
      const name = `${host()}/by/${by}:v1`;
      const pushed = await pushers[by](world(), name);
      const kasane = await once(`puller of ${registry}`, async () => kasaneAt(kept("store")));
      expect(await kasane("pull", name)).toContain(`Digest: ${pushed.digest}\n`);
      expect(await kasane.identity(name)).toEqual(pushed);
      const script = 'pwd; echo "$GREETING"; cat "/odd/日本語/ファイル/重ね.txt"; getcap /odd/capable';
      expect(await kasane("run", "--rm", name, "sh", "-c", script)).toBe(
        "/srv/app\nhello world\nu\n/odd/capable cap_net_bind_service,cap_net_raw=ep\n",
      );
    });
  });
}

/** Each pushes an image under a name, its own if it can build, and says what it thinks that it has pushed. */
const pushers = {
  async skopeo({ skopeo, kasane, real }: World, name: string): Promise<Identity> {
    // Otherwise it takes equal layers that the registry has, compressed by others, and writes a new manifest.
    const options = ["--quiet", "--preserve-digests", "--dest-tls-verify=false"];
    await skopeo("copy", ...options, `oci:${kasane.root}:${realName}`, `docker://${name}`);
    return real;
  },
  async podman({ podman, built, fresh }: World, name: string): Promise<Identity> {
    const file = fresh("digest");
    const image = await built("podman");
    await podman("push", "--quiet", "--tls-verify=false", `--digestfile=${file}`, image, `docker://${name}`);
    const [{ Id }] = await parsed(podman("image", "inspect", image));
    return { id: parseDigest(`sha256:${Id}`), digest: parseDigest(await Bun.file(file).text()) };
  },
  docker: (world: World, name: string) => pushByDocker(world, name, "docker"),
  buildkit: (world: World, name: string) => pushByDocker(world, name, "buildkit"),
};

async function pushByDocker(
  { docker, built }: World,
  name: string,
  by: "docker" | "buildkit",
): Promise<Identity> {
  await docker("tag", await built(by), name);
  const digest = /digest: (sha256:[0-9a-f]{64})/.exec(await docker("push", name))![1]!;
  const [{ Id }] = await parsed(docker("image", "inspect", name));
  return { id: parseDigest(Id), digest: parseDigest(digest) };
}
