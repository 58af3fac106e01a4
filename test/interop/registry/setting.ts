import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { kasane, runOk } from "../../outside.ts";
import { serveStore, startServe } from "../../serve-process.ts";
import { sampleImage } from "../archive-file.ts";
import { peer } from "../peers.ts";
import { pushImage } from "./kasane-server.ts";
import { makePrivateAuthority } from "./private-authority.ts";

/** A way to run Kasane's registry, with what a client must know of it. */
export interface RegistrySetting {
  readonly name: string;
  /** What has to be installed for it. */
  readonly programs?: readonly string[];
  /** What clients may do there and what not. */
  readonly trials?: readonly Trial[];
  /** Starts it with everything it keeps below `directory`. */
  start(directory: string): Promise<RunningRegistry>;
}

/** Somebody who tries something. Pulls are of an image that is there. */
export interface Trial {
  readonly who: string;
  readonly does: "push" | "pull";
  /** Without the host; pushes go below it. */
  readonly repository: string;
  readonly isAllowed: boolean;
}

export interface Login {
  readonly username: string;
  readonly password: string;
}

export interface RunningRegistry extends AsyncDisposable {
  /** `127.0.0.1:5000`. With `authority`, it is spoken to over TLS. */
  readonly host: string;
  /** Of somebody who may do everything below `team`. */
  readonly credentials?: Login;
  /** A PEM file: who signed the server's certificate. */
  readonly authority?: string;
  /** How those of the trials log in; who is not among them stays anonymous. */
  readonly logins?: Readonly<Record<string, Login>>;
}

/** Every client is met in each of them. */
export const settings: readonly RegistrySetting[] = [
  {
    name: "plain HTTP",
    async start(directory) {
      const served = await serveStore(join(directory, "store"));
      return {
        host: served.address,
        [Symbol.asyncDispose]: () => served[Symbol.asyncDispose](),
      };
    },
  },
  {
    name: "TLS with a private authority",
    programs: ["openssl"],
    async start(directory) {
      const { authority, certificate, key } = await makePrivateAuthority(directory);
      const args = ["--tls-cert", certificate, "--tls-key", key];
      const served = await serveStore(join(directory, "store"), { args });
      return {
        host: served.address,
        authority,
        [Symbol.asyncDispose]: () => served[Symbol.asyncDispose](),
      };
    },
  },
  {
    name: "htpasswd",
    programs: ["htpasswd"],
    trials: [
      trial("ann", "push", "other", true),
      trial("ann with a wrong password", "pull", "team/sample", false),
      trial("nobody", "pull", "team/sample", false),
      trial("nobody", "push", "other", false),
    ],
    async start(directory) {
      return await startWith(directory, {
        users: { ann: "ann's password" },
        configuration: { auth: { htpasswd: { realm: "Test", path: join(directory, "htpasswd") } } },
      });
    },
  },
  {
    name: "tokens",
    trials: [
      trial("robot+reader", "pull", "team/sample", true),
      trial("robot+reader", "push", "team/app", false),
      trial("robot+ann", "push", "team/app", true),
      trial("robot+ann", "push", "other", false),
      trial("robot+ann with a wrong password", "pull", "team/sample", false),
      trial("nobody", "pull", "team/sample", false),
      trial("nobody", "push", "team/app", false),
    ],
    async start(directory) {
      return await startWith(directory, {
        robots: { ann: "team/**:pull,push,delete", reader: "team/**:pull" },
        configuration: { kasane: { access: { robots: true, issuer: { service: "test" } } } },
      });
    },
  },
  {
    name: "TLS, tokens and rules",
    programs: ["htpasswd", "openssl"],
    trials: [
      trial("ann", "push", "team/app", true),
      trial("ann", "push", "other", false),
      trial("ann", "pull", "public/sample", true),
      trial("ann", "push", "public", false),
      trial("ann with a wrong password", "pull", "public/sample", false),
      trial("nobody", "pull", "public/sample", true),
      trial("nobody", "push", "public", false),
      trial("nobody", "pull", "team/sample", false),
    ],
    async start(directory) {
      const files = await makePrivateAuthority(directory);
      return await startWith(directory, {
        users: { ann: "ann's password", owner: "owner's password" },
        authority: files.authority,
        configuration: {
          http: { addr: "127.0.0.1:0", tls: { certificate: files.certificate, key: files.key } },
          auth: { htpasswd: { realm: "Test", path: join(directory, "htpasswd") } },
          kasane: {
            access: {
              issuer: { service: "test" },
              rules: [
                { repositories: ["team/**"], actions: ["pull", "push", "delete"], users: ["ann"] },
                { repositories: ["public/**"], actions: ["pull"], anonymous: true },
                { repositories: ["**"], actions: ["pull", "push"], users: ["owner"] },
              ],
            },
          },
        },
      });
    },
  },
];

function trial(who: string, does: Trial["does"], repository: string, isAllowed: boolean): Trial {
  return { who, does, repository, isAllowed };
}

/** `kasane serve CONFIG.yml` with users or robots, and an image at `team/sample:v1` and `public/sample:v1`. */
async function startWith(
  directory: string,
  options: {
    /** Names with passwords. */
    users?: Readonly<Record<string, string>>;
    /** Names with what each may do. */
    robots?: Readonly<Record<string, string>>;
    authority?: string;
    configuration: object;
  },
): Promise<RunningRegistry> {
  const { users = {}, robots = {}, authority, configuration } = options;
  const at = (name: string) => join(directory, name);
  const logins: Record<string, Login> = {};
  let lines = "";
  for (const [username, password] of Object.entries(users)) {
    lines += await runOk([peer("htpasswd"), "-Bbn", username, password]);
    logins[username] = { username, password };
  }
  if (lines !== "") await Bun.write(at("htpasswd"), lines);
  await mkdir(at("store"));
  for (const [name, rights] of Object.entries(robots)) {
    const create = ["registry", "robot", "create", name, "--allow", rights];
    const secret = (await runOk([kasane, "--root", at("store"), ...create])).trim();
    logins[`robot+${name}`] = { username: `robot+${name}`, password: secret };
  }
  for (const [who, { username }] of Object.entries(logins))
    logins[`${who} with a wrong password`] = { username, password: "wrong" };
  const storage = { filesystem: { rootdirectory: at("store") }, delete: { enabled: true } };
  // JSON is YAML.
  const all = { version: "0.1", storage, http: { addr: "127.0.0.1:0" }, ...configuration };
  await Bun.write(at("config.yml"), JSON.stringify(all));
  const served = await startServe({ args: [at("config.yml")] });
  const credentials = logins["robot+ann"] ?? logins.ann!;
  const registry = {
    host: `127.0.0.1:${served.port}`,
    credentials,
    logins,
    ...(authority === undefined ? {} : { authority }),
    async [Symbol.asyncDispose]() {
      await served[Symbol.asyncDispose]();
      for (const { password } of Object.values(logins).filter((login) => login.password !== "wrong"))
        if (served.said().includes(password)) throw new Error("the server has written down a password");
      if (/^error: /m.test(served.said())) throw new Error(served.said());
    },
  };
  await seed(registry, logins.owner ? ["team", "public"] : ["team"], logins.owner ?? credentials);
  return registry;
}

async function seed(registry: RunningRegistry, names: readonly string[], login: Login): Promise<void> {
  const { host, authority } = registry;
  const image = await sampleImage();
  const find = async () => ({ kind: "password" as const, ...login });
  for (const name of names) {
    await pushImage(`${host}/${name}/sample:v1`, image, {
      credentials: { find },
      ...(authority ? { tlsVerify: true, certificates: [await Bun.file(authority).text()] } : {}),
    });
  }
}
