/** The image that the fifth guide's Dockerfile makes, as it is written, from both registries in all engines. */
import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { guideDockerfiles, guidesDirectory } from "../../outside.ts";
import { parsed, type World } from "./world.ts";

const configuration = "events {}\nhttp { server { listen 127.0.0.1:8099; } }\n";

export function guide(world: () => World): void {
  test.skipIf(guidesDirectory === undefined)(
    "nginx of the fifth guide: the same image everywhere, and it runs",
    async () => {
      const { kasane, skopeo, podman, docker, fresh, registries } = world();
      const context = fresh("guide");
      mkdirSync(context);
      const dockerfile = guideDockerfiles("004_6483d52c93818dc9.txt").find((text) => text.includes("nginx"))!;
      writeFileSync(join(context, "Dockerfile"), dockerfile);
      writeFileSync(join(context, "nginx.conf"), configuration);
      await kasane("build", "-t", "nginx-guide", context);
      const { id, digest } = await kasane.identity("nginx-guide");
      const shown = ["cat", "/etc/nginx/nginx.conf"];
      for (const { host } of registries) {
        const name = `${host}/guide/nginx:v1`;
        await kasane("tag", "nginx-guide", name);
        expect(await kasane("push", name)).toContain(digest);
        expect((await parsed(skopeo("inspect", "--tls-verify=false", `docker://${name}`))).Digest).toBe(
          digest,
        );
        await podman("pull", "--quiet", "--tls-verify=false", name);
        const [pulled] = await parsed(podman("image", "inspect", name));
        expect([`sha256:${pulled.Id}`, pulled.Digest]).toEqual([id, digest]);
        expect(await podman("run", "--rm", "--network", "host", name, ...shown)).toBe(configuration);
        await podman("rmi", "--force", name);
        expect(await docker("pull", name)).toContain(`Digest: ${digest}\n`);
        expect((await parsed(docker("image", "inspect", name)))[0].Id).toBe(id);
        expect(await docker("run", "--rm", "--network", "host", name, ...shown)).toBe(configuration);
        await docker("rmi", "--force", id);
      }
    },
  );
}
