import type { Digest } from "../oci/mod.ts";
import type { Exchange } from "./context.ts";

/** Until when the collector leaves alone what a client was told of. Known things are forgotten when anything is deleted, and this with them. */
const untilMs = new WeakMap<object, number>();

/**
 * Who asks with HEAD whether something is there will not send it: from now on it must stay for long enough to push a manifest that names it.
 * False when it has just gone. Nearly always answered from memory.
 */
export function promise(
  exchange: Exchange,
  asked: { repository: string; known: { readonly digest: Digest } },
): boolean | Promise<boolean> {
  const { repository, known } = asked;
  const promisedMs = untilMs.get(known);
  if (promisedMs !== undefined && promisedMs > Date.now()) return true;
  return exchange.meta.repositories.touch(repository, known.digest).then((touchedMs) => {
    if (touchedMs !== undefined) untilMs.set(known, touchedMs);
    // What an upstream has comes from there if it has to.
    return touchedMs !== undefined || exchange.pullThrough?.covers(repository) === true;
  });
}
