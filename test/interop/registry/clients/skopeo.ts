import { expect } from "bun:test";
import { dirname } from "node:path";
import { skopeo as command } from "../../peers.ts";
import { asOther, type Client, commandOf, opened, type World } from "../client-world.ts";

/** For the side of a copy, or for the whole of other commands. */
function access({ registry: { authority } }: World, side: "src-" | "dest-" | "" = ""): string[] {
  return authority === undefined ? [`--${side}tls-verify=false`] : [`--${side}cert-dir`, dirname(authority)];
}

export const skopeo: Client = {
  name: "skopeo",
  programs: ["skopeo"],
  async open({ env }) {
    return opened(commandOf(command().argv, env));
  },
  does: {
    async "push an image, pull it by tag and by digest"({ run }, place) {
      const { repository, image, pull, fresh } = place;
      const to = ["--preserve-digests", ...access(place, "dest-")];
      await run("copy", ...to, `oci:${image.layout}:v1`, `docker://${repository}:v1`);
      expect((await pull(`${repository}:v1`)).blobs).toEqual(image.image.blobs);
      for (const name of [`${repository}:v1`, `${repository}@${image.digest}`]) {
        await run("copy", ...access(place, "src-"), `docker://${name}`, `dir:${fresh("pulled")}`);
        const seen = JSON.parse(await run("inspect", ...access(place), `docker://${name}`));
        expect(seen.Digest).toBe(image.digest);
      }
    },
    async "push and pull an index with all its platforms"({ run }, place) {
      const { repository, index, pull, fresh } = place;
      const all = ["--all", "--preserve-digests"];
      await run(
        "copy",
        ...all,
        ...access(place, "dest-"),
        `oci:${index.layout}:v1`,
        `docker://${repository}:v1`,
      );
      expect((await pull(`${repository}:v1`)).blobs).toEqual(index.image.blobs);
      await run(
        "copy",
        ...all,
        ...access(place, "src-"),
        `docker://${repository}:v1`,
        `oci:${fresh("pulled")}:v1`,
      );
    },
    async "copy to another repository"({ run }, place) {
      const { repository, image, push, pull } = place;
      await push(image.image, `${repository}/from:v1`);
      const both = [...access(place, "src-"), ...access(place, "dest-")];
      await run("copy", ...both, `docker://${repository}/from:v1`, `docker://${repository}/to:v1`);
      expect((await pull(`${repository}/to:v1`)).blobs).toEqual(image.image.blobs);
    },
    async "list tags"({ run }, place) {
      const { repository, image, push } = place;
      for (const tag of ["v1", "a", "v2"]) await push(image.image, `${repository}:${tag}`);
      const { Tags } = JSON.parse(await run("list-tags", ...access(place), `docker://${repository}`));
      expect(Tags).toEqual(["a", "v1", "v2"]);
    },
    async "delete a manifest"({ run }, place) {
      const { repository, image, push } = place;
      for (const tag of ["a", "b"]) await push(image.image, `${repository}:${tag}`);
      await run("delete", ...access(place), `docker://${repository}:a`);
      const { Tags } = JSON.parse(await run("list-tags", ...access(place), `docker://${repository}`));
      expect(Tags).toEqual([]);
    },
  },
  as: asOther,
  login: ({ run }, world, { username, password }) =>
    run("login", ...access(world), "--username", username, "--password", password, world.registry.host),
  push: ({ run }, place) =>
    run("copy", ...access(place, "dest-"), `oci:${place.image.layout}:v1`, `docker://${place.repository}:v1`),
  pull: ({ run }, place) =>
    run("copy", ...access(place, "src-"), `docker://${place.repository}:v1`, `dir:${place.fresh("pulled")}`),
};
