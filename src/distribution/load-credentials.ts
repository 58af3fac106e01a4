import { homedir } from "node:os";
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
  options: { env?: Readonly<Record<string, string | undefined>>; home?: string } = {},
): CredentialSource {
  const env = options.env ?? process.env;
  const home = options.home ?? env.HOME ?? homedir();
  let files: Promise<AuthFile[]> | undefined;
  return {
    async find(host, repository) {
      files ??= readAll(env, home);
      for (const file of await files) {
        const found = await findIn(file, host, repository, env);
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };
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

async function findIn(
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
