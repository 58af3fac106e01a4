import type { RegistryClient } from "../distribution/mod.ts";
import { editDistance, isKasaneError, KasaneError } from "../lib/mod.ts";
import { familiarName, familiarReference, parseReference, type Reference } from "../oci/mod.ts";

/** Nobody waits longer for a hint. */
const patienceMs = 2000;
/** Of the tags of a repository, and of the repositories of a registry, only so many are looked at. */
const namesLimit = 1000;
const shown = 3;

/**
 * Asks for what a name means; where the registry has nothing under it, the error tells names that are near: tags of the repository, or else
 * repositories, where the registry lists them. One or two requests, given up after two seconds; whatever goes wrong with them, the error is
 * what it was.
 */
export async function withNearNames<T>(
  place: { readonly client: RegistryClient; readonly reference: Reference; readonly signal?: AbortSignal },
  ask: () => Promise<T>,
): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!isKasaneError(error, "not-found") || error.hint !== undefined) throw error;
    const isByDigest = place.reference.digest !== undefined;
    const found = isByDigest ? undefined : await namesInstead(place).catch(() => undefined);
    const hint = hintOf(found) ?? `search for it: kasane search ${searched(place.reference)}`;
    throw new KasaneError("not-found", error.message, { hint, data: error.data, cause: error });
  }
}

function hintOf(found: Awaited<ReturnType<typeof namesInstead>> | undefined): string | undefined {
  if (found === undefined || found.names.length === 0) return undefined;
  return found.areNear
    ? `did you mean ${found.names.join(", ")}?`
    : `tags that are there: ${found.names.join(", ")}`;
}

/** What `search` takes to find what is called alike. */
function searched({ host, repository }: Reference): string {
  return host === "docker.io" ? lastPart(repository) : `${host}/${lastPart(repository)}`;
}

async function namesInstead({
  client,
  reference,
  signal,
}: {
  readonly client: RegistryClient;
  readonly reference: Reference;
  readonly signal?: AbortSignal;
}): Promise<{ readonly names: readonly string[]; readonly areNear: boolean }> {
  const timeout = AbortSignal.timeout(patienceMs);
  const options = { signal: signal ? AbortSignal.any([signal, timeout]) : timeout, attempts: 1 };
  const { host, repository, tag = "latest" } = reference;
  try {
    const tags = await first(client.listTags(repository, options));
    const names = nearest(tag, tags).map((name) => familiarReference({ host, repository, tag: name }));
    if (tags.length > 0) {
      return names.length > 0
        ? { names, areNear: true }
        : { names: tags.slice(0, shown * 2), areNear: false };
    }
  } catch (error) {
    if (!isKasaneError(error, "not-found")) throw error;
  }
  const last = lastPart(repository);
  const repositories = await first(client.catalog({ ...options, pageSize: namesLimit }));
  const others = repositories.filter((name) => name !== repository);
  const names = nearest(last, others, lastPart).map((name) => familiarName({ host, repository: name }));
  return { names, areNear: true };
}

/** What a registry calls a name becomes part of a message: only what can be one. */
async function first(names: AsyncIterable<string>): Promise<string[]> {
  const found: string[] = [];
  for await (const name of names) {
    if (isName(name)) found.push(name);
    if (found.length === namesLimit) break;
  }
  return found;
}

function isName(text: string): boolean {
  if (/^\w[\w.-]{0,127}$/.test(text)) return true;
  try {
    return parseReference(`registry.invalid/${text}`).repository === text;
  } catch {
    return false;
  }
}

/** Those that at most two fifths of the letters tell from the word, nearest first. */
function nearest(word: string, names: readonly string[], part = (name: string) => name): string[] {
  const limit = Math.max(1, Math.round(word.length * 0.4));
  return names
    .map((name) => ({
      name,
      distance: editDistance(word.toLowerCase(), part(name).toLowerCase(), limit + 1),
    }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .slice(0, shown)
    .map(({ name }) => name);
}

function lastPart(repository: string): string {
  return repository.slice(repository.lastIndexOf("/") + 1);
}
