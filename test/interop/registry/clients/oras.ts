import { expect } from "bun:test";
import { join } from "node:path";
import { runOk } from "../../../outside.ts";
import { type Client, commandOf, type Opened, opened, type World } from "../client-world.ts";

const sbom = "application/vnd.example.sbom";
const signature = "application/vnd.example.signature";

function access({ registry: { authority } }: World): string[] {
  return authority === undefined ? ["--plain-http"] : ["--ca-file", authority];
}

/** oras has no options before its commands: they follow. */
function command(world: World): Opened {
  const run = commandOf(["oras"], world.env);
  return opened(Object.assign((...args: string[]) => run(...args, ...access(world)), run));
}

/** `oras cp` names its two sides apart. */
function sides({ registry: { authority } }: World, ...which: ("from" | "to")[]): string[] {
  return which.flatMap((side) =>
    authority === undefined ? [`--${side}-plain-http`] : [`--${side}-ca-file`, authority],
  );
}

export const oras: Client = {
  name: "oras",
  programs: ["oras"],
  open: async (world) => command(world),
  does: {
    async "push an image, pull it by tag and by digest"(_, place) {
      const { repository, image, pull, fresh, env } = place;
      const run = commandOf(["oras"], env);
      await run("cp", "--from-oci-layout", `${image.layout}:v1`, `${repository}:v1`, ...sides(place, "to"));
      expect((await pull(`${repository}:v1`)).blobs).toEqual(image.image.blobs);
      for (const name of [`${repository}:v1`, `${repository}@${image.digest}`]) {
        const layout = fresh("pulled");
        await run("cp", "--to-oci-layout", name, `${layout}:v1`, ...sides(place, "from"));
        expect(await Bun.file(join(layout, "index.json")).text()).toContain(image.digest);
      }
    },
    async "push and pull an index with all its platforms"(_, place) {
      const { repository, index, pull, fresh, env } = place;
      const run = commandOf(["oras"], env);
      await run("cp", "--from-oci-layout", `${index.layout}:v1`, `${repository}:v1`, ...sides(place, "to"));
      expect((await pull(`${repository}:v1`)).blobs).toEqual(index.image.blobs);
      await run(
        "cp",
        "--to-oci-layout",
        `${repository}:v1`,
        `${fresh("pulled")}:v1`,
        ...sides(place, "from"),
      );
    },
    async "copy to another repository"({ run }, place) {
      const { repository, index, push, pull, fresh, env } = place;
      await push(index.image, `${repository}/from:v1`);
      const file = fresh("file");
      await Bun.write(file, crypto.randomUUID());
      const attach = ["attach", "--artifact-type", sbom, "--disable-path-validation"];
      await run(...attach, `${repository}/from:v1`, file);
      const copy = ["cp", "--recursive", `${repository}/from:v1`, `${repository}/to:v1,v2`];
      await commandOf(["oras"], env)(...copy, ...sides(place, "from", "to"));
      for (const tag of ["v1", "v2"])
        expect((await pull(`${repository}/to:${tag}`)).blobs).toEqual(index.image.blobs);
      expect(await run("discover", "--format", "json", `${repository}/to:v1`)).toContain(sbom);
    },
    async "list tags"({ run }, { repository, image, push }) {
      await push(image.image, `${repository}:v1`);
      await run("tag", `${repository}:v1`, "v2", "a");
      expect((await run("repo", "tags", repository)).trim().split("\n")).toEqual(["a", "v1", "v2"]);
      expect((await run("repo", "tags", "--last", "a", repository)).trim().split("\n")).toEqual(["v1", "v2"]);
    },
    async "list repositories"({ run }, { repository, registry, image, push }) {
      await push(image.image, `${repository}:v1`);
      const found = (await run("repo", "ls", registry.host)).trim().split("\n");
      expect(found).toContain(repository.slice(registry.host.length + 1));
    },
    async "delete a manifest"({ run }, { repository, image, push }) {
      for (const tag of ["a", "b"]) await push(image.image, `${repository}:${tag}`);
      await run("manifest", "delete", "--force", `${repository}:a`);
      expect((await run("repo", "tags", repository)).trim()).toBe("");
      await expect(run("manifest", "fetch", `${repository}@${image.digest}`)).rejects.toThrow("not found");
    },
    async "delete a blob"({ run }, { repository, fresh }) {
      const file = fresh("blob");
      await Bun.write(file, crypto.randomUUID());
      const pushed = await run("blob", "push", "--descriptor", repository, file);
      const { digest } = JSON.parse(pushed) as { digest: string };
      expect(await run("blob", "fetch", "--output", "-", `${repository}@${digest}`)).toBe(
        await Bun.file(file).text(),
      );
      await run("blob", "delete", "--force", `${repository}@${digest}`);
      await expect(run("blob", "fetch", "--output", "-", `${repository}@${digest}`)).rejects.toThrow(
        "not found",
      );
    },
    async "push and pull an artifact"({ run }, place) {
      const { repository, fresh, env } = place;
      const [from, to] = [fresh("from"), fresh("to")];
      const content = crypto.randomUUID();
      await Bun.write(join(from, "notes.txt"), content);
      await Bun.write(join(from, "empty.txt"), "");
      // The names of the files in the artifact are their paths from where oras is.
      const files = ["notes.txt:text/plain", "empty.txt:text/plain"];
      const push = ["push", "--artifact-type", sbom, "--annotation", "a=b", `${repository}:v1`, ...files];
      await runOk([...run.argv, ...push, ...access(place)], { cwd: from, env });
      const manifest = JSON.parse(await run("manifest", "fetch", `${repository}:v1`));
      expect(manifest).toMatchObject({ artifactType: sbom, annotations: { a: "b" } });
      await run("pull", "--output", to, `${repository}:v1`);
      expect(await Bun.file(join(to, "notes.txt")).text()).toBe(content);
      expect(await Bun.file(join(to, "empty.txt")).text()).toBe("");
    },
    async "list referrers, all and by type"({ run }, { repository, image, push, fresh }) {
      await push(image.image, `${repository}:v1`);
      const file = fresh("file");
      await Bun.write(file, crypto.randomUUID());
      for (const type of [sbom, signature]) {
        const options = ["--artifact-type", type, "--annotation", `of=${type}`, "--disable-path-validation"];
        await run("attach", ...options, `${repository}:v1`, `${file}:text/plain`);
      }
      const discover = async (...options: string[]) => {
        const api = ["--distribution-spec", "v1.1-referrers-api", "--format", "json"];
        const { referrers } = JSON.parse(await run("discover", ...api, ...options, `${repository}:v1`));
        return referrers.map((entry: { artifactType: string }) => entry.artifactType).sort();
      };
      expect(await discover()).toEqual([sbom, signature]);
      expect(await discover("--artifact-type", signature)).toEqual([signature]);
    },
  },
  as: (_, world) => command(world),
  login: ({ run }, { registry }, { username, password }) =>
    run("login", registry.host, "--username", username, "--password", password),
  push: (_, place) =>
    commandOf(["oras"], place.env)(
      ...["cp", "--from-oci-layout", `${place.image.layout}:v1`, `${place.repository}:v1`],
      ...sides(place, "to"),
    ),
  pull: (_, place) =>
    commandOf(["oras"], place.env)(
      ...["cp", "--to-oci-layout", `${place.repository}:v1`, `${place.fresh("pulled")}:v1`],
      ...sides(place, "from"),
    ),
};
