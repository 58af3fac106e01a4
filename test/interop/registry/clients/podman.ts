import { expect } from "bun:test";
import { dirname } from "node:path";
import { podman as command, removePodmanStorage, scratch } from "../../peers.ts";
import { asOther, type Client, commandOf, type World } from "../client-world.ts";

function access({ registry: { authority }, env }: World): string[] {
  const trust = authority === undefined ? ["--tls-verify=false"] : ["--cert-dir", dirname(authority)];
  return [...trust, "--authfile", env.REGISTRY_AUTH_FILE!];
}

export const podman: Client = {
  name: "podman",
  programs: ["podman", "runc"],
  needsRoot: true,
  async open({ archive, env }) {
    await using stack = new AsyncDisposableStack();
    // A directory of its own: podman takes no long paths.
    const { path } = stack.use(await scratch("podman"));
    stack.defer(() => removePodmanStorage(path));
    const own = await command(path);
    const run = commandOf(own.argv, { ...own.env, ...env });
    await run("load", "--quiet", "--input", archive);
    const kept = stack.move();
    return { run, [Symbol.asyncDispose]: () => kept.disposeAsync() };
  },
  does: {
    async "push an image, pull it by tag and by digest"({ run }, place) {
      const { repository, pull, fresh } = place;
      const file = fresh("digest");
      const options = ["--quiet", "--digestfile", file, ...access(place)];
      await run("push", ...options, "docker.io/library/sample:v1", `${repository}:v1`);
      const digest = await Bun.file(file).text();
      expect((await pull(`${repository}:v1`)).rootDigest as string).toBe(digest);
      for (const name of [`${repository}:v1`, `${repository}@${digest}`]) {
        await run("pull", "--quiet", ...access(place), name);
        const [seen] = JSON.parse(await run("image", "inspect", name));
        expect(seen.RepoDigests).toContain(`${repository}@${digest}`);
      }
    },
    async "push and pull an index with all its platforms"({ run }, place) {
      const { repository, index, push, pull } = place;
      await push(index.image, `${repository}/from:v1`);
      const list = `localhost/${repository.split("/").at(-1)}`;
      await run("manifest", "create", list);
      await run("manifest", "add", "--all", ...access(place), list, `docker://${repository}/from:v1`);
      await run("manifest", "push", "--all", ...access(place), list, `docker://${repository}/to:v1`);
      const children = (await pull(`${repository}/to:v1`)).manifests;
      // The list is podman's own, what it lists is not.
      for (const digest of index.image.manifests.keys())
        if (digest !== index.image.rootDigest) expect([...children.keys()]).toContain(digest);
      await run("pull", "--quiet", "--platform", "linux/arm64", ...access(place), `${repository}/to:v1`);
    },
    async "copy to another repository"({ run }, place) {
      const { repository, pull } = place;
      for (const name of [`${repository}/from:v1`, `${repository}/to:v1`])
        await run("push", "--quiet", ...access(place), "docker.io/library/sample:v1", name);
      const [from, to] = [await pull(`${repository}/from:v1`), await pull(`${repository}/to:v1`)];
      expect(to.rootDigest).toBe(from.rootDigest!);
    },
    async "list tags"({ run }, place) {
      const { repository, image, push } = place;
      for (const tag of ["v1", "a", "v2"]) await push(image.image, `${repository}:${tag}`);
      // This command alone takes no directory of certificates; SSL_CERT_FILE names the authority.
      const trust = place.registry.authority === undefined ? ["--tls-verify=false"] : [];
      const said = await run("search", "--list-tags", "--format", "json", ...trust, repository);
      expect(JSON.parse(said)).toEqual([{ Name: repository, Tags: ["a", "v1", "v2"] }]);
    },
  },
  as: asOther,
  login: ({ run }, world, { username, password }) =>
    run("login", ...access(world), "--username", username, "--password", password, world.registry.host),
  push: ({ run }, place) =>
    run("push", "--quiet", ...access(place), "docker.io/library/sample:v1", `${place.repository}:v1`),
  pull: ({ run }, place) => run("pull", "--quiet", ...access(place), `${place.repository}:v1`),
};
