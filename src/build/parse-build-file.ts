import { type Dockerfile, parseDockerfile, readDirectives } from "../dockerfile/mod.ts";
import { isKasaneError, KasaneError } from "../lib/mod.ts";
import { foreignFrontend } from "./builder-args.ts";

/**
 * The file of a build. One that is no Dockerfile because it is for another frontend is called so.
 * @throws KasaneError `invalid-dockerfile`
 */
export function parseBuildFile(
  text: string | Uint8Array,
  options: { readonly name?: string; readonly buildArgs?: Readonly<Record<string, string>> | undefined },
): Dockerfile {
  const { name, buildArgs } = options;
  try {
    return parseDockerfile(text, name === undefined ? {} : { name });
  } catch (error) {
    if (!isKasaneError(error, "invalid-dockerfile")) throw error;
    const frontend = foreignFrontend(syntaxOf(text), buildArgs);
    if (frontend === undefined) throw error;
    throw new KasaneError("invalid-dockerfile", error.message, {
      hint: `the file is for the frontend ${frontend}, a program that Kasane does not run: it builds Dockerfiles itself`,
      data: error.data,
      cause: error,
    });
  }
}

/** As BuildKit finds it: a directive, the same in a comment of other languages, or a member of a JSON object. */
function syntaxOf(text: string | Uint8Array): string | undefined {
  const decoded = typeof text === "string" ? text : new TextDecoder().decode(text);
  const lines = decoded.split("\n");
  try {
    const { syntax } = readDirectives(lines);
    if (syntax !== undefined) return syntax;
  } catch {
    return undefined;
  }
  return (
    /^\/\/\s*syntax\s*=\s*(\S+)/m.exec(decoded)?.[1] ?? /^\s*\{\s*"syntax"\s*:\s*"([^"]+)"/.exec(decoded)?.[1]
  );
}
