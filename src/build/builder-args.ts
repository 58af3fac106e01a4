import { KasaneError } from "../lib/mod.ts";

/** The build arguments of yes or no that are for the builder. */
export type BuilderSwitch =
  | "BUILDKIT_MULTI_PLATFORM"
  | "BUILDKIT_INLINE_CACHE"
  | "BUILDKIT_CONTEXT_KEEP_GIT_DIR";

/** As Go's programs read it; false where it is not given. @throws KasaneError `usage` */
export function builderSwitch(
  buildArgs: Readonly<Record<string, string>> | undefined,
  name: BuilderSwitch,
): boolean {
  const value = buildArgs?.[name] ?? "";
  if (/^(1|t|T|true|True|TRUE)$/.test(value)) return true;
  if (/^(|0|f|F|false|False|FALSE)$/.test(value)) return false;
  throw new KasaneError("usage", `${name} is true or false, not ${JSON.stringify(value)}`, {
    hint: `write --build-arg ${name}=1, or leave it out`,
  });
}

/** A program that reads the file instead of BuildKit, as it is asked for; undefined for Docker's own, which Kasane does itself. */
export function foreignFrontend(
  syntax: string | undefined,
  buildArgs: Readonly<Record<string, string>> | undefined,
): string | undefined {
  const asked = buildArgs?.BUILDKIT_SYNTAX || syntax;
  if (!asked || /(^|\/)docker\/dockerfile(-upstream)?(:|@|$)/.test(asked)) return undefined;
  return asked;
}
