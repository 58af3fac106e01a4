import { collect, KasaneError } from "../lib/mod.ts";
import { passwordOrToken } from "./auth-file.ts";
import type { Credential } from "./credentials.ts";

type Env = Readonly<Record<string, string | undefined>>;

const answerLimitBytes = 1024 * 1024;
const timeoutMs = 60_000;

/** What a helper prints, and exits non-zero with, when it simply has nothing. */
const nothingFound =
  /credentials not found in native keychain|no credentials server URL|no credentials username/;

/**
 * Asks `docker-credential-<name> get` for a server (the protocol of docker-credential-helpers). undefined when it has none.
 * @throws KasaneError `io` when the program is missing, fails, or answers something else
 */
export async function askCredentialHelper(
  name: string,
  server: string,
  env: Env,
): Promise<Credential | undefined> {
  const call = { name, verb: "get", input: server, env, action: `cannot get the credentials for ${server}` };
  const text = await runHelper(call);
  return text === undefined ? undefined : readAnswer(text, programOf(name), server);
}

/** Gives it a login to keep. A token goes under Docker's name for tokens. @throws KasaneError `io` */
export async function storeWithHelper(
  name: string,
  login: { server: string; username: string; credential: Credential },
  env: Env,
): Promise<void> {
  const { server, credential } = login;
  const [Username, Secret] =
    credential.kind === "password"
      ? [credential.username, credential.password]
      : ["<token>", credential.token];
  // By standard input: the command line of a process is everybody's to read.
  const input = JSON.stringify({ ServerURL: server, Username, Secret });
  await runHelper({ name, verb: "store", input, env, action: `cannot store the credentials for ${server}` });
}

/** False where it had nothing to erase. @throws KasaneError `io` */
export async function eraseWithHelper(name: string, server: string, env: Env): Promise<boolean> {
  const action = `cannot erase the credentials for ${server}`;
  return (await runHelper({ name, verb: "erase", input: server, env, action })) !== undefined;
}

/** The servers it has something for. @throws KasaneError `io` */
export async function listWithHelper(name: string, env: Env): Promise<string[]> {
  const text = await runHelper({
    name,
    verb: "list",
    input: "unused",
    env,
    action: "cannot list credentials",
  });
  try {
    return Object.keys(JSON.parse(text ?? "{}") as object);
  } catch {
    throw new KasaneError(
      "io",
      `cannot list credentials: ${programOf(name)} answered something that is not JSON`,
    );
  }
}

function programOf(name: string): string {
  return `docker-credential-${name}`;
}

/** What it printed; undefined where it said that there is nothing. */
async function runHelper(call: {
  name: string;
  verb: string;
  input: string;
  env: Env;
  action: string;
}): Promise<string | undefined> {
  const { name, verb, input, env, action } = call;
  const program = programOf(name);
  // The name comes from a file: as a path it could start anything.
  const found = /^[A-Za-z0-9._-]+$/.test(name) ? Bun.which(program, { PATH: env.PATH ?? "" }) : null;
  if (found === null) {
    throw new KasaneError("io", `${action}: there is no program ${program}`, {
      hint: "install it, or remove credsStore and credHelpers from Docker's config.json",
    });
  }
  const child = Bun.spawn([found, verb], {
    stdin: Buffer.from(input),
    stdout: "pipe",
    stderr: "ignore",
    env: { ...env },
    timeout: timeoutMs,
  });
  const text = new TextDecoder().decode(
    await collect(child.stdout, answerLimitBytes, `the answer of ${program}`),
  );
  const status = await child.exited;
  if (status === 0) return text;
  if (nothingFound.test(text)) return undefined;
  throw new KasaneError("io", `${action}: ${program} failed with status ${status}`);
}

function readAnswer(text: string, program: string, server: string): Credential | undefined {
  let answer: { Username?: unknown; Secret?: unknown } | null;
  try {
    answer = JSON.parse(text);
  } catch {
    // The answer is not quoted: it may hold the secret.
    throw new KasaneError(
      "io",
      `cannot get the credentials for ${server}: ${program} answered something that is not JSON`,
    );
  }
  const { Username, Secret } = answer ?? {};
  if (typeof Username !== "string" || typeof Secret !== "string" || Secret === "") return undefined;
  return passwordOrToken(Username, Secret);
}
