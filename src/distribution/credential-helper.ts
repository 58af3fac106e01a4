import { collect, KasaneError } from "../lib/mod.ts";
import { passwordOrToken } from "./auth-file.ts";
import type { Credential } from "./credentials.ts";

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
  env: Readonly<Record<string, string | undefined>>,
): Promise<Credential | undefined> {
  const program = `docker-credential-${name}`;
  // The name comes from a file: as a path it could start anything.
  const found = /^[A-Za-z0-9._-]+$/.test(name) ? Bun.which(program, { PATH: env.PATH ?? "" }) : null;
  if (found === null) {
    throw new KasaneError("io", `cannot get the credentials for ${server}: there is no program ${program}`, {
      hint: "install it, or remove credsStore and credHelpers from Docker's config.json",
    });
  }
  const child = Bun.spawn([found, "get"], {
    stdin: Buffer.from(server),
    stdout: "pipe",
    stderr: "ignore",
    env: { ...env },
    timeout: timeoutMs,
  });
  const text = new TextDecoder().decode(
    await collect(child.stdout, answerLimitBytes, `the answer of ${program}`),
  );
  const status = await child.exited;
  if (status !== 0) {
    if (nothingFound.test(text)) return undefined;
    throw new KasaneError(
      "io",
      `cannot get the credentials for ${server}: ${program} failed with status ${status}`,
    );
  }
  return readAnswer(text, program, server);
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
