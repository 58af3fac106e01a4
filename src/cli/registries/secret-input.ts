import { collect, KasaneError } from "../../lib/mod.ts";
import { standardInput } from "../standard-input.ts";

const limitBytes = 64 * 1024;

/** A secret from standard input, without the line end that programs put behind it. @throws KasaneError `usage` for none */
export async function readSecretFromStdin(signal: AbortSignal): Promise<string> {
  const bytes = await collect(standardInput(signal), limitBytes, "the password on standard input");
  const secret = new TextDecoder().decode(bytes).replace(/(\r\n|\n|\r)$/, "");
  if (secret.trim() !== "") return secret;
  throw new KasaneError("usage", "the password is empty", { data: { exitCode: 1 } });
}
