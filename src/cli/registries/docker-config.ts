import { readFileSync } from "node:fs";
import { join } from "node:path";
import { errnoOf } from "../../lib/errors.ts";

/** What docker's `config.json` says of how lists are shown: `imagesFormat`, `psFormat` and so on. Nothing where it cannot be read. */
export function configuredFormat(
  env: Readonly<Record<string, string | undefined>>,
  key: `${string}Format`,
): string | undefined {
  const directory = env.DOCKER_CONFIG || (env.HOME && join(env.HOME, ".docker"));
  if (!directory) return undefined;
  try {
    const value = (
      JSON.parse(readFileSync(join(directory, "config.json"), "utf8")) as Record<string, unknown>
    )?.[key];
    return typeof value === "string" && value !== "" ? value : undefined;
  } catch (error) {
    // Somebody else's file: whoever logs in is told what is wrong with it.
    if (errnoOf(error) === undefined && !(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}
