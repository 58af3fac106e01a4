import { join } from "node:path";
import { errnoOf, KasaneError, messageOf } from "../lib/mod.ts";
import type { Credential } from "./credentials.ts";
import { isDockerHub } from "./host.ts";

/** What Docker's config.json and containers' auth.json say about credentials. */
export interface AuthFile {
  /** Where it was read from, for messages. */
  readonly path: string;
  readonly auths: Readonly<Record<string, AuthEntry>>;
  /** Helper program (the part after `docker-credential-`) for every registry. */
  readonly credsStore?: string;
  /** Helper program by host. */
  readonly credHelpers: Readonly<Record<string, string>>;
}

export interface AuthEntry {
  /** Base64 of `user:password`. */
  readonly auth?: string;
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
  readonly registrytoken?: string;
}

const limitBytes = 8 * 1024 * 1024;

/** The key under which Docker keeps the credentials of Docker Hub. */
export const dockerHubKey = "https://index.docker.io/v1/";

type Env = Readonly<Record<string, string | undefined>>;

/** Files to look into, first find wins: those that variables name, Docker's, containers'. */
export function authFilePaths(env: Env, home: string): string[] {
  const { REGISTRY_AUTH_FILE, XDG_RUNTIME_DIR } = env;
  return [
    ...(REGISTRY_AUTH_FILE ? [REGISTRY_AUTH_FILE] : []),
    dockerConfigPath(env, home),
    XDG_RUNTIME_DIR
      ? join(XDG_RUNTIME_DIR, "containers/auth.json")
      : `/run/containers/${process.getuid?.() ?? 0}/auth.json`,
    join(env.XDG_CONFIG_HOME || join(home, ".config"), "containers/auth.json"),
  ];
}

/** Where a login is kept when nobody says otherwise: docker, podman and skopeo all read it. */
export function writtenAuthFilePath(env: Env, home: string): string {
  return env.REGISTRY_AUTH_FILE || dockerConfigPath(env, home);
}

function dockerConfigPath(env: Env, home: string): string {
  return join(env.DOCKER_CONFIG || join(home, ".docker"), "config.json");
}

/** undefined where there is no such file. @throws KasaneError `io` for one that cannot be read or is not JSON. */
export async function readAuthFile(path: string): Promise<AuthFile | undefined> {
  const root = await readAuthObject(path);
  return root && authFileOf(root, path);
}

/** readAuthFile() with everything that stands in it. */
export async function readAuthObject(path: string): Promise<Record<string, unknown> | undefined> {
  let text: string;
  try {
    const file = Bun.file(path);
    if (file.size > limitBytes) {
      throw new KasaneError("limit-exceeded", `${path} is larger than the limit of ${limitBytes} bytes`);
    }
    text = await file.text();
  } catch (error) {
    if (error instanceof KasaneError) throw error;
    if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ENOTDIR") return undefined;
    throw new KasaneError("io", `cannot read the credentials in ${path}: ${messageOf(error)}`, {
      cause: error,
    });
  }
  return parseAuthObject(text, path);
}

export function parseAuthFile(text: string, path: string): AuthFile {
  return authFileOf(parseAuthObject(text, path), path);
}

/** The text is never part of a message: it holds passwords. */
function parseAuthObject(text: string, path: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = text.trim() === "" ? {} : JSON.parse(text);
  } catch {
    throw new KasaneError("io", `cannot read the credentials in ${path}: it is not JSON`, {
      hint: "mend the file, or move it away and log in again",
    });
  }
  return objectOf(parsed);
}

function authFileOf(root: Record<string, unknown>, path: string): AuthFile {
  const credsStore = root.credsStore;
  return {
    path,
    auths: Object.fromEntries(
      Object.entries(objectOf(root.auths)).map(([key, entry]) => [key, stringsOf(objectOf(entry))]),
    ),
    credHelpers: stringsOf(objectOf(root.credHelpers)),
    ...(typeof credsStore === "string" && credsStore !== "" ? { credsStore } : {}),
  };
}

/**
 * The entry for a repository of a host: the longest namespace that matches (`host/a/b`, `host/a`, `host`), then what older
 * Dockers wrote (`https://host/v1/`).
 */
export function findAuthEntry(file: AuthFile, host: string, repository?: string): Credential | undefined {
  for (const key of authKeys(host, repository)) {
    const entry = Object.hasOwn(file.auths, key) ? file.auths[key] : undefined;
    const credential = entry && credentialOf(entry);
    if (credential !== undefined) return credential;
  }
  for (const [key, entry] of Object.entries(file.auths)) {
    if (/^https?:\/\//.test(key) && hostOfKey(key) === host && !isDockerHub(host)) {
      const credential = credentialOf(entry);
      if (credential !== undefined) return credential;
    }
  }
  return undefined;
}

/** The keys under which a host, or a repository of it, may be found; the most exact first. */
function authKeys(host: string, repository: string | undefined): string[] {
  const hosts = isDockerHub(host) ? ["docker.io", "index.docker.io", "registry-1.docker.io"] : [host];
  const segments = repository?.split("/") ?? [];
  const namespaced = hosts.flatMap((name) =>
    segments.map((_, index) => [name, ...segments.slice(0, segments.length - index)].join("/")),
  );
  return [...namespaced, ...(isDockerHub(host) ? [dockerHubKey] : []), ...hosts];
}

/** The host of a key as any tool wrote it: `https://host/v1/`, `host/namespace`, `host`. */
export function hostOfKey(key: string): string {
  return key.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
}

function credentialOf(entry: AuthEntry): Credential | undefined {
  if (entry.registrytoken) return { kind: "registry-token", token: entry.registrytoken };
  if (entry.identitytoken) return { kind: "identity-token", token: entry.identitytoken };
  if (entry.auth) {
    const text = Buffer.from(entry.auth, "base64").toString("utf8").replace(/\0+$/, "");
    const colon = text.indexOf(":");
    if (colon > 0) return passwordOrToken(text.slice(0, colon), text.slice(colon + 1));
  }
  if (entry.username && entry.password) return passwordOrToken(entry.username, entry.password);
  return undefined;
}

/** Docker's convention: the user `<token>` (and, in Azure's, the all-zero id) stands for an identity token. */
export function passwordOrToken(username: string, secret: string): Credential {
  return username === "<token>"
    ? { kind: "identity-token", token: secret }
    : { kind: "password", username, password: secret };
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

function stringsOf(object: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(object).filter((pair): pair is [string, string] => typeof pair[1] === "string"),
  );
}
