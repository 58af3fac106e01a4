import { expect } from "bun:test";
import { asOther, type Client, commandOf, opened } from "../client-world.ts";

export const crane: Client = {
  name: "crane",
  programs: ["crane"],
  open: async ({ env }) => opened(commandOf(["crane"], env)),
  does: {
    async "push an image, pull it by tag and by digest"({ run }, { repository, image, pull, fresh }) {
      await run("push", image.layout, `${repository}:v1`);
      expect((await pull(`${repository}:v1`)).blobs).toEqual(image.image.blobs);
      for (const name of [`${repository}:v1`, `${repository}@${image.digest}`]) {
        await run("pull", "--format", "oci", name, fresh("pulled"));
        await run("validate", "--remote", name);
        expect((await run("digest", name)).trim()).toBe(image.digest);
      }
    },
    async "push and pull an index with all its platforms"({ run }, { repository, index, pull, fresh }) {
      await run("push", index.layout, `${repository}:v1`);
      expect((await pull(`${repository}:v1`)).rootDigest as string).toBe(index.digest);
      const directory = fresh("pulled");
      await run("pull", "--format", "oci", `${repository}:v1`, directory);
      expect(await Bun.file(`${directory}/index.json`).text()).toContain(index.digest);
    },
    async "copy to another repository"({ run }, { repository, image, push, pull }) {
      await push(image.image, `${repository}/from:v1`);
      await run("copy", `${repository}/from:v1`, `${repository}/to:v1`);
      expect((await pull(`${repository}/to:v1`)).blobs).toEqual(image.image.blobs);
    },
    async "list tags"({ run }, { repository, image, push }) {
      await push(image.image, `${repository}:v1`);
      for (const tag of ["v2", "a"]) await run("tag", `${repository}:v1`, tag);
      expect((await run("ls", repository)).trim().split("\n")).toEqual(["a", "v1", "v2"]);
    },
    async "list repositories"({ run }, { repository, registry, image, push }) {
      await push(image.image, `${repository}:v1`);
      const found = (await run("catalog", registry.host)).trim().split("\n");
      expect(found).toContain(repository.slice(registry.host.length + 1));
    },
    async "delete a tag"({ run }, { repository, image, push }) {
      for (const tag of ["a", "b"]) await push(image.image, `${repository}:${tag}`);
      await run("delete", `${repository}:a`);
      expect((await run("ls", repository)).trim()).toBe("b");
    },
    async "delete a manifest"({ run }, { repository, image, push }) {
      for (const tag of ["a", "b"]) await push(image.image, `${repository}:${tag}`);
      await run("delete", `${repository}@${image.digest}`);
      await expect(run("manifest", `${repository}:a`)).rejects.toThrow("MANIFEST_UNKNOWN");
      expect((await run("ls", repository)).trim()).toBe("");
    },
  },
  as: asOther,
  login: ({ run }, { registry }, { username, password }) =>
    run("auth", "login", registry.host, "--username", username, "--password", password),
  push: ({ run }, { repository, image }) => run("push", image.layout, `${repository}:v1`),
  pull: ({ run }, { repository, fresh }) => run("pull", `${repository}:v1`, fresh("pulled")),
};
