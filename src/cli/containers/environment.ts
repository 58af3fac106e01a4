import { readFile } from "node:fs/promises";
import { KasaneError, messageOf } from "../../lib/mod.ts";
import type { CommandContext } from "../command.ts";

/** The variables that --env-file names. @throws KasaneError `usage`, `not-found` */
export async function envFiles({ flags, env }: Pick<CommandContext, "flags" | "env">): Promise<string[]> {
  const { parseEnvFile } = await import("../../container/mod.ts");
  const files = await Promise.all(
    flags.strings("env-file").map(async (file) => parseEnvFile(await textOfFile(file), env, file)),
  );
  return files.flat();
}

/** Of a file that a flag names. */
export async function textOfFile(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new KasaneError("not-found", `cannot read ${file}: ${messageOf(error)}`, {
      hint: "check the path: a part of it does not exist",
      cause: error,
    });
  }
}
