import { expect } from "bun:test";
import { join } from "node:path";
import { runOk } from "../../../outside.ts";
import { type Client, commandOf, type Opened, opened, type World } from "../client-world.ts";

const sbom = "application/vnd.example.sbom";
const signature = "application/vnd.example.signature";

/** regctl keeps what it knows of a registry in a file of its own. */
async function configured({ directory, env, registry }: World): Promise<Opened> {
  const { host, credentials, authority } = registry;
  const known = {
    hostname: host,
    tls: authority === undefined ? "disabled" : "enabled",
    ...(authority === undefined ? {} : { regcert: await Bun.file(authority).text() }),
    ...(credentials === undefined ? {} : { user: credentials.username, pass: credentials.password }),
  };
  const file = join(directory, "regctl.json");
  await Bun.write(file, JSON.stringify({ version: 1, hosts: { [host]: known } }));
  return opened(commandOf(["regctl"], { ...env, REGCTL_CONFIG: file }));
}

export const regctl: Client = {
  name: "regctl",
  programs: ["regctl"],
  open: configured,
  does: {
    async "push an image, pull it by tag and by digest"({ run }, { repository, image, pull, fresh }) {
      await run("image", "copy", `ocidir://${image.layout}:v1`, `${repository}:v1`);
      expect((await pull(`${repository}:v1`)).blobs).toEqual(image.image.blobs);
      for (const name of [`${repository}:v1`, `${repository}@${image.digest}`]) {
        const layout = fresh("pulled");
        await run("image", "copy", name, `ocidir://${layout}:v1`);
        expect((await run("image", "digest", `ocidir://${layout}:v1`)).trim()).toBe(image.digest);
      }
    },
    async "push and pull an index with all its platforms"({ run }, { repository, index, pull, fresh }) {
      await run("image", "copy", `ocidir://${index.layout}:v1`, `${repository}:v1`);
      expect((await pull(`${repository}:v1`)).blobs).toEqual(index.image.blobs);
      await run("image", "copy", `${repository}:v1`, `ocidir://${fresh("pulled")}:v1`);
      expect(await run("manifest", "get", "--platform", "linux/arm64", `${repository}:v1`)).toContain(
        "sha256:",
      );
    },
    async "copy to another repository"({ run }, { repository, index, push, pull }) {
      await push(index.image, `${repository}/from:v1`);
      await run("image", "copy", `${repository}/from:v1`, `${repository}/to:v1`);
      expect((await pull(`${repository}/to:v1`)).blobs).toEqual(index.image.blobs);
    },
    async "list tags"({ run }, { repository, image, push }) {
      for (const tag of ["v1", "a", "v2"]) await push(image.image, `${repository}:${tag}`);
      expect((await run("tag", "ls", repository)).trim().split("\n")).toEqual(["a", "v1", "v2"]);
      const page = await run("tag", "ls", "--limit", "1", "--last", "a", repository);
      expect(page.trim()).toBe("v1");
    },
    async "list repositories"({ run }, { repository, registry, image, push }) {
      await push(image.image, `${repository}:v1`);
      const found = (await run("repo", "ls", registry.host)).trim().split("\n");
      expect(found).toContain(repository.slice(registry.host.length + 1));
    },
    async "delete a tag"({ run }, { repository, image, push, pull }) {
      for (const tag of ["a", "b"]) await push(image.image, `${repository}:${tag}`);
      await run("tag", "delete", `${repository}:a`);
      expect((await run("tag", "ls", repository)).trim()).toBe("b");
      // It falls back to pushing something else and deleting that, where tags cannot be deleted.
      expect((await pull(`${repository}:b`)).rootDigest as string).toBe(image.digest);
    },
    async "delete a manifest"({ run }, { repository, image, push }) {
      await push(image.image, `${repository}:v1`);
      await run("manifest", "delete", `${repository}@${image.digest}`);
      await expect(run("manifest", "head", `${repository}:v1`)).rejects.toThrow("not found");
    },
    async "delete a blob"({ run }, { repository, fresh }) {
      const file = fresh("blob");
      await Bun.write(file, crypto.randomUUID());
      const digest = (
        await runOk([...run.argv, "blob", "put", repository], { env: run.env, stdin: Bun.file(file) })
      ).trim();
      expect(await run("blob", "get", repository, digest)).toBe(await Bun.file(file).text());
      await run("blob", "delete", repository, digest);
      await expect(run("blob", "head", repository, digest)).rejects.toThrow("not found");
    },
    async "push and pull an artifact"({ run }, { repository, fresh }) {
      const file = fresh("artifact");
      await Bun.write(file, crypto.randomUUID());
      const what = ["--artifact-type", sbom, "--file", file, "--file-media-type", "text/plain"];
      await run("artifact", "put", ...what, `${repository}:v1`);
      expect(await run("artifact", "get", `${repository}:v1`)).toBe(await Bun.file(file).text());
    },
    async "list referrers, all and by type"({ run }, { repository, index, push, fresh }) {
      await push(index.image, `${repository}:v1`);
      const file = fresh("file");
      await Bun.write(file, crypto.randomUUID());
      for (const type of [sbom, signature]) {
        const what = ["--artifact-type", type, "--file", file, "--annotation", `of=${type}`];
        await run("artifact", "put", ...what, "--subject", `${repository}:v1`);
      }
      const list = async (...options: string[]) => {
        const format = "{{range .Descriptors}}{{println .ArtifactType}}{{end}}";
        const said = await run("artifact", "list", "--format", format, ...options, `${repository}:v1`);
        return said.trim().split(/\s+/).sort();
      };
      expect(await list()).toEqual([sbom, signature]);
      expect(await list("--filter-artifact-type", sbom)).toEqual([sbom]);
      expect(await list("--filter-annotation", `of=${signature}`)).toEqual([signature]);
      // No fallback tag: the answers to the pushes said that they were listed.
      expect((await run("tag", "ls", repository)).trim()).toBe("v1");
    },
  },
  as: (_, world) => configured(world),
  login: ({ run }, { registry }, { username, password }) =>
    run("registry", "login", registry.host, "--user", username, "--pass", password),
  // Refused, it waits for seconds between the blobs of an image.
  push: ({ run }, { repository, archive }) =>
    run("artifact", "put", "--artifact-type", sbom, "--file", archive, `${repository}:v1`),
  pull: ({ run }, { repository, fresh }) =>
    run("image", "copy", `${repository}:v1`, `ocidir://${fresh("pulled")}:v1`),
};
