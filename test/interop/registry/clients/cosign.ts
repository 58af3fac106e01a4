import { expect } from "bun:test";
import { join } from "node:path";
import { type Client, commandOf, type Opened, opened, type World } from "../client-world.ts";

interface Signing extends Opened {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** A key pair of its own, and nobody on the internet who would witness a signature. */
async function withKeys(world: World): Promise<Signing> {
  const keys = join(world.directory, "cosign");
  const { run } = command(world);
  await commandOf(run.argv, run.env)("generate-key-pair", "--output-key-prefix", keys);
  return {
    run,
    privateKey: `${keys}.key`,
    publicKey: `${keys}.pub`,
    async [Symbol.asyncDispose]() {},
  };
}

/** Options of a registry follow the verb. */
function command({ env, registry: { authority } }: World): Opened {
  const run = commandOf(["cosign"], { ...env, COSIGN_PASSWORD: "test" });
  const how = authority === undefined ? ["--allow-http-registry"] : ["--registry-cacert", authority];
  return opened(Object.assign((...args: string[]) => run(args[0]!, ...how, ...args.slice(1)), run));
}

const offline = ["--use-signing-config=false", "--tlog-upload=false", "--yes"];
const unwitnessed = ["--insecure-ignore-tlog=true"];

export const cosign: Client<Signing> = {
  name: "cosign",
  programs: ["cosign"],
  open: withKeys,
  does: {
    async "sign and verify"({ run, privateKey, publicKey }, { repository, image, push }) {
      await push(image.image, `${repository}:v1`);
      const name = `${repository}@${image.digest}`;
      await expect(run("verify", "--key", publicKey, ...unwitnessed, name)).rejects.toThrow();
      await run("sign", "--key", privateKey, ...offline, "--annotations", "a=b", name);
      const said = await run("verify", "--key", publicKey, ...unwitnessed, "--annotations", "a=b", name);
      expect(said).toContain(image.digest);
      // And by the name that people use.
      await run("verify", "--key", publicKey, ...unwitnessed, `${repository}:v1`);
    },
    async "push and pull an artifact"({ run, privateKey, publicKey }, { repository, image, push, fresh }) {
      await push(image.image, `${repository}:v1`);
      const name = `${repository}@${image.digest}`;
      const predicate = fresh("predicate.json");
      await Bun.write(predicate, JSON.stringify({ made: crypto.randomUUID() }));
      const type = ["--type", "https://example.com/predicate"];
      await run("attest", "--key", privateKey, ...offline, ...type, "--predicate", predicate, name);
      const said = await run("verify-attestation", "--key", publicKey, ...unwitnessed, ...type, name);
      const [line] = said.trim().split("\n");
      expect(JSON.parse(line!)).toMatchObject({ payloadType: "application/vnd.in-toto+json" });
    },
    async "list referrers, all and by type"({ run, privateKey }, { repository, image, push }) {
      await push(image.image, `${repository}:v1`);
      const name = `${repository}@${image.digest}`;
      await run("sign", "--key", privateKey, ...offline, name);
      expect(await run("tree", name)).toContain("sha256:");
    },
    async "copy to another repository"({ run, privateKey, publicKey }, { repository, index, push, pull }) {
      await push(index.image, `${repository}/from:v1`);
      await run("sign", "--recursive", "--key", privateKey, ...offline, `${repository}/from@${index.digest}`);
      await run("verify", "--key", publicKey, ...unwitnessed, `${repository}/from:v1`);
      // The copy is without the signature: cosign 3 looks for those to copy under tags only.
      await run("copy", `${repository}/from:v1`, `${repository}/to:v1`);
      expect((await pull(`${repository}/to:v1`)).blobs).toEqual(index.image.blobs);
    },
  },
  as: (_, world) => command(world),
  // A file that it keeps: only docker's own login asks the registry whether it would do.
  login: ({ run }, { registry }, { username, password }) =>
    commandOf(run.argv, run.env)("login", registry.host, "--username", username, "--password", password),
  async push({ run }, { repository, fresh }) {
    const file = fresh("file");
    await Bun.write(file, crypto.randomUUID());
    await commandOf(run.argv, run.env)("upload", "blob", "--files", file, `${repository}:v1`);
  },
  pull: ({ run }, { repository, fresh }) => run("save", "--dir", fresh("saved"), `${repository}:v1`),
};
