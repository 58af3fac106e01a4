import { homedir } from "node:os";
import { KasaneError } from "../lib/mod.ts";
import {
  type AuthFile,
  authFilePaths,
  dockerHubKey,
  findAuthEntry,
  parseAuthFile,
  readAuthFile,
} from "./auth-file.ts";
import { askCredentialHelper } from "./credential-helper.ts";
import type { Credential, CredentialSource } from "./credentials.ts";
import { isDockerHub } from "./host.ts";

/**
 * The credentials of this user, looked up when they are needed: DOCKER_AUTH_CONFIG, the file REGISTRY_AUTH_FILE names, Docker's
 * config.json (DOCKER_CONFIG), containers' auth.json; in each a helper program for the host, the entries, the general helper.
 */
export function loadCredentials(
  options: {
    env?: Readonly<Record<string, string | undefined>>;
    home?: string;
    /** The only file to look into. */
    authFile?: string | undefined;
  } = {},
): CredentialSource {
  const env = options.env ?? process.env;
  const home = options.home ?? env.HOME ?? homedir();
  let files: Promise<AuthFile[]> | undefined;
  return {
    async find(host, repository) {
      files ??= options.authFile === undefined ? readAll(env, home) : readOnly(options.authFile);
      for (const file of await files) {
        const found = await findIn(file, host, repository, env);
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };
}

/** @throws KasaneError `not-found`: who names a file means it */
async function readOnly(path: string): Promise<AuthFile[]> {
  const file = await readAuthFile(path);
  if (file !== undefined) return [file];
  throw new KasaneError("not-found", `there is no credentials file ${path}`, {
    hint: `make it with: kasane login --authfile ${path}`,
  });
}

async function readAll(env: Readonly<Record<string, string | undefined>>, home: string): Promise<AuthFile[]> {
  const { DOCKER_AUTH_CONFIG } = env;
  const files = DOCKER_AUTH_CONFIG ? [parseAuthFile(DOCKER_AUTH_CONFIG, "DOCKER_AUTH_CONFIG")] : [];
  for (const path of authFilePaths(env, home)) {
    const file = await readAuthFile(path);
    if (file !== undefined) files.push(file);
  }
  return files;
}

/** What one file, or a helper that it names, has for a host and, where one is given, a repository or namespace of it. */
export async function findIn(
  file: AuthFile,
  host: string,
  repository: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Credential | undefined> {
  const server = isDockerHub(host) ? dockerHubKey : host;
  const helperKey = [server, host].find((key) => Object.hasOwn(file.credHelpers, key));
  if (helperKey !== undefined) return askCredentialHelper(file.credHelpers[helperKey]!, server, env);
  const entry = findAuthEntry(file, host, repository);
  if (entry !== undefined || file.credsStore === undefined) return entry;
  return askCredentialHelper(file.credsStore, server, env);
}
