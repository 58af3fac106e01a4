import { statSync } from "node:fs";
import { isAddress, isGitAddress, type NamedContext } from "../../build/mod.ts";
import { isKasaneError, KasaneError } from "../../lib/mod.ts";
import { parseReference, withDefaultTag } from "../../oci/mod.ts";

/**
 * `--build-context NAME=VALUE`: a directory, `docker-image://`, `oci-layout://`, `target:`, a git or an http(s) address.
 * @throws KasaneError `usage`
 */
export function namedContexts(texts: readonly string[]): Map<string, NamedContext> {
  const contexts = new Map<string, NamedContext>();
  for (const text of texts) {
    const equals = text.indexOf("=");
    const name = text.slice(0, Math.max(0, equals));
    const value = text.slice(equals + 1);
    if (name === "" || value === "") {
      throw new KasaneError("usage", `invalid build context ${JSON.stringify(text)}`, {
        hint: "write --build-context NAME=DIRECTORY, NAME=docker-image://IMAGE or NAME=ADDRESS",
      });
    }
    try {
      parseReference(name.toLowerCase());
    } catch (error) {
      if (!isKasaneError(error)) throw error;
      throw new KasaneError("usage", `${JSON.stringify(name)} cannot be the name of a build context`, {
        hint: "it is written as a stage or an image is: letters, digits, and . - _ / between them",
        cause: error,
      });
    }
    contexts.set(name, namedContext(value));
  }
  return contexts;
}

function namedContext(value: string): NamedContext {
  const image = /^docker-image:(?:\/\/)?(.*)$/.exec(value)?.[1];
  if (image !== undefined) return { kind: "image", reference: withDefaultTag(parseReference(image)) };
  const layout = /^oci-layout:(?:\/\/)?(.*)$/.exec(value)?.[1];
  if (layout !== undefined) return layoutContext(layout);
  const stage = /^target:(.*)$/.exec(value)?.[1];
  if (stage !== undefined) return { kind: "stage", name: stage };
  const remote = remoteContext(value);
  if (remote) return remote;
  const scheme = /^([a-z][a-z0-9+-]*):\/\//i.exec(value)?.[1];
  if (scheme === undefined) return { kind: "directory", path: value };
  throw new KasaneError("usage", `a build context cannot come from ${scheme}://`, {
    hint: "use a directory, docker-image://, oci-layout://, a git or an https address",
  });
}

/** The tag or digest behind the directory. */
function layoutContext(text: string): NamedContext {
  const [, place, digest] = /^(.*?)(?:@(\w+:[0-9a-f]+))?$/s.exec(text)!;
  const tagged = /^(.*):([\w][\w.-]{0,127})$/s.exec(place!);
  const path = tagged ? tagged[1]! : place!;
  const ref = digest !== undefined ? `@${digest}` : tagged?.[2];
  return { kind: "layout", path, ...(ref === undefined ? {} : { ref }) };
}

/** A repository, or what an http(s) address gives; undefined for what is on this machine. */
export function remoteContext(text: string): Extract<NamedContext, { kind: "git" | "http" }> | undefined {
  const isGit = isGitAddress(text) || text.startsWith("github.com/");
  if (!isGit && !isAddress(text)) return undefined;
  // A directory of that name is meant first.
  if (statSync(text, { throwIfNoEntry: false })?.isDirectory()) return undefined;
  return { kind: isGit ? "git" : "http", address: text };
}

/** Whoever names a repository that is reached by SSH means his own agent, as with buildx. */
export function usesSsh(texts: readonly string[]): boolean {
  return texts.some((text) => isGitAddress(text) && !/^(https?|git):\/\//i.test(text));
}
