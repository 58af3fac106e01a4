import type { CommandContext } from "../command.ts";
import { textOfFile } from "../text-of-file.ts";

/** The variables that --env-file names. @throws KasaneError `usage`, `not-found` */
export async function envFiles({ flags, env }: Pick<CommandContext, "flags" | "env">): Promise<string[]> {
  const { parseEnvFile } = await import("../../container/mod.ts");
  const files = await Promise.all(
    flags.strings("env-file").map(async (file) => parseEnvFile(await textOfFile(file), env, file)),
  );
  return files.flat();
}
