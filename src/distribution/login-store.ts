import { homedir } from "node:os";
import { KasaneError } from "../lib/mod.ts";
import { type AuthFile, hostOfKey, readAuthFile, writtenAuthFilePath } from "./auth-file.ts";
import { eraseWithHelper, listWithHelper, storeWithHelper } from "./credential-helper.ts";
import type { Credential } from "./credentials.ts";
import { editAuthFile } from "./edit-auth-file.ts";
import { isDockerHub } from "./host.ts";
import { findIn } from "./load-credentials.ts";
import type { LoginServer } from "./login-server.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** Who somebody is for a registry. */
export interface Login {
  readonly username: string;
  readonly credential: Credential;
}

/** The logins of one credentials file and of the helper programs that it names. Nothing of them may reach a message. */
export interface LoginStore {
  readonly path: string;
  /** @throws KasaneError `io` for a file or helper that cannot be read */
  find(server: LoginServer): Promise<Credential | undefined>;
  /** `isPlain` where it stands in the file, not encrypted. @throws KasaneError `io`, `unsupported` for a namespace where a helper keeps logins */
  save(server: LoginServer, login: Login): Promise<{ isPlain: boolean }>;
  /** False where there was nothing. */
  remove(server: LoginServer): Promise<boolean>;
  /** The keys of what was removed. */
  removeAll(): Promise<string[]>;
}

/**
 * The file is `authFile`, else what REGISTRY_AUTH_FILE names, else Docker's config.json: of the files that docker, podman and skopeo read
 * the one that all of them do. It is made by the first save().
 */
export function openLoginStore(
  options: { env?: Env; home?: string; authFile?: string | undefined } = {},
): LoginStore {
  const env = options.env ?? process.env;
  const path = options.authFile ?? writtenAuthFilePath(env, options.home ?? env.HOME ?? homedir());
  const read = async (): Promise<AuthFile> =>
    (await readAuthFile(path)) ?? { path, auths: {}, credHelpers: {} };
  return {
    path,
    async find({ host, namespace }) {
      return findIn(await read(), host, namespace, env);
    },
    async save({ host, key, namespace }, { username, credential }) {
      const helper = helperFor(await read(), host, key);
      if (helper !== undefined && namespace !== undefined) {
        throw new KasaneError(
          "unsupported",
          `cannot store a login for ${key}: the credential helper ${helper} keeps one for a whole registry`,
          { hint: `log in to ${host}, or use another file with --authfile` },
        );
      }
      if (helper !== undefined) await storeWithHelper(helper, { server: key, username, credential }, env);
      // Docker lists its logins by the keys of the file, so a helper's has an empty entry.
      const entry = helper === undefined ? entryOf(username, credential) : {};
      await editAuthFile(path, (root) => {
        root.auths = { ...objectOf(root.auths), [key]: entry };
        return true;
      });
      return { isPlain: helper === undefined };
    },
    async remove(server) {
      const file = await read();
      const helper = server.namespace === undefined ? helperFor(file, server.host, server.key) : undefined;
      const isErased = helper !== undefined && (await eraseWithHelper(helper, server.key, env));
      const isMine = (key: string) => isKeyOf(key, server);
      if (!Object.keys(file.auths).some(isMine)) return isErased;
      return (await editAuthFile(path, (root) => removeKeys(root, isMine).length > 0)) || isErased;
    },
    async removeAll() {
      const file = await read();
      const removed = new Set<string>();
      const kept = new Set([...Object.values(file.credHelpers), file.credsStore ?? []].flat());
      for (const helper of kept) {
        for (const server of await listWithHelper(helper, env)) {
          await eraseWithHelper(helper, server, env);
          removed.add(server);
        }
      }
      if (Object.keys(file.auths).length === 0) return [...removed];
      await editAuthFile(path, (root) => {
        const keys = removeKeys(root, () => true);
        for (const key of keys) removed.add(key);
        return keys.length > 0;
      });
      return [...removed];
    },
  };
}

/** Docker's order: the helper of this registry, then that of all. */
function helperFor(file: AuthFile, host: string, key: string): string | undefined {
  const own = [key, host].find((name) => Object.hasOwn(file.credHelpers, name));
  return own === undefined ? file.credsStore : file.credHelpers[own];
}

/** Also what other tools and older Dockers wrote for the same registry. */
function isKeyOf(key: string, { host, key: own, namespace }: LoginServer): boolean {
  if (key === own) return true;
  if (namespace !== undefined) return false;
  const isAddress = /^https?:\/\//.test(key);
  const isHost = isAddress || !key.includes("/");
  return isHost && (isDockerHub(host) ? isDockerHub(hostOfKey(key)) : hostOfKey(key) === host);
}

function removeKeys(root: Record<string, unknown>, isMine: (key: string) => boolean): string[] {
  const auths = objectOf(root.auths);
  const keys = Object.keys(auths).filter(isMine);
  root.auths = Object.fromEntries(Object.entries(auths).filter(([key]) => !keys.includes(key)));
  return keys;
}

function entryOf(username: string, credential: Credential): Record<string, string> {
  const auth = (password: string) => Buffer.from(`${username}:${password}`, "utf8").toString("base64");
  switch (credential.kind) {
    case "password":
      return { auth: auth(credential.password) };
    case "identity-token":
      return { auth: auth(""), identitytoken: credential.token };
    case "registry-token":
      return { registrytoken: credential.token };
  }
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}
