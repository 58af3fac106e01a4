import { expect } from "bun:test";
import { cp } from "node:fs/promises";
import { startDockerd } from "../../peers.ts";
import { asOther, type Client } from "../client-world.ts";

/** Trusts every loopback host, whatever its certificate. */
export const docker: Client = {
  name: "docker",
  programs: ["docker", "dockerd"],
  needsRoot: true,
  async open({ archive, env }) {
    await using stack = new AsyncDisposableStack();
    const { docker: run } = stack.use(await startDockerd());
    await cp(env.DOCKER_CONFIG!, run.env.DOCKER_CONFIG!, { recursive: true });
    await run("load", "--quiet", "--input", archive);
    const kept = stack.move();
    return { run, [Symbol.asyncDispose]: () => kept.disposeAsync() };
  },
  does: {
    async "push an image, pull it by tag and by digest"({ run }, { repository, pull }) {
      await run("tag", "sample:v1", `${repository}:v1`);
      const digest = /digest: (sha256:[0-9a-f]{64})/.exec(await run("push", `${repository}:v1`))?.[1];
      expect((await pull(`${repository}:v1`)).rootDigest as string).toBe(digest!);
      for (const name of [`${repository}:v1`, `${repository}@${digest}`]) {
        await run("rmi", `${repository}:v1`).catch(() => {});
        expect(await run("pull", name)).toContain(`Digest: ${digest}`);
      }
    },
    async "push and pull an index with all its platforms"({ run }, { repository, index, push }) {
      await push(index.image, `${repository}:v1`);
      // dockerd of this age pushes single images only; it pulls the one that fits the machine.
      expect(await run("pull", `${repository}:v1`)).toContain(`Digest: ${index.digest}`);
    },
    async "copy to another repository"({ run }, { repository, pull }) {
      for (const [name, outcome] of [
        [`${repository}/from:v1`, "Pushed"],
        [`${repository}/to:v1`, "Mounted from"],
        [`${repository}/to:v1`, "Layer already exists"],
      ] as const) {
        await run("tag", "sample:v1", name);
        const said = await run("push", name);
        // Layers that this daemon has pushed before are mounted from there at once.
        if (outcome !== "Pushed") expect(said).toContain(outcome);
        expect((await pull(name)).rootDigest as string).toBe(/digest: (sha256:\S+)/.exec(said)![1]!);
      }
    },
  },
  as: asOther,
  login: ({ run }, { registry }, { username, password }) =>
    run("login", "--username", username, "--password", password, registry.host),
  async push({ run }, { repository }) {
    await run("tag", "sample:v1", `${repository}:v1`);
    await run("push", `${repository}:v1`);
  },
  pull: ({ run }, { repository }) => run("pull", `${repository}:v1`),
};
