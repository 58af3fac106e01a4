import { KasaneError } from "../lib/mod.ts";

/** `htpasswd -B`'s lines: `name:$2y$05$…`. */
export interface Htpasswd {
  readonly hashes: ReadonlyMap<string, string>;
  /** The cost of most entries: what a name that is not there is made to cost as well. */
  readonly usualCost: number;
}

const limitUsers = 100_000;
/** More takes half a minute for one login. */
const highestCost = 18;
const bcrypt = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;

/**
 * Reads a password file as Apache's htpasswd writes it. Entries that are not bcrypt are warned about and left out: nobody gets in
 * by them.
 * @throws KasaneError `usage` for what is no password file, or was written only in part
 */
export function parseHtpasswd(
  text: string,
  options: { path: string; onWarning: (message: string) => void },
): Htpasswd {
  const hashes = new Map<string, string>();
  const costs = new Map<number, number>();
  const fail = (line: number, reason: string, hint: string) =>
    new KasaneError("usage", `cannot read ${options.path}: line ${line}: ${reason}`, { hint });
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const colon = line.indexOf(":");
    if (colon <= 0) throw fail(index + 1, "not name:hash", "make lines with htpasswd -Bbn NAME PASSWORD");
    const [name, hash] = [line.slice(0, colon), line.slice(colon + 1)];
    const cost = Number(bcrypt.exec(hash)?.[1] ?? Number.NaN);
    if (Number.isNaN(cost)) {
      if (hash === "" || /^\$2[aby]?\$/.test(hash)) {
        throw fail(index + 1, "the hash is cut off", "was the file still being written?");
      }
      options.onWarning(
        `${options.path} line ${index + 1}: ${kindOf(hash)} is not accepted, so this user cannot log in; only bcrypt is (htpasswd -B)`,
      );
      continue;
    }
    if (cost < 4 || cost > highestCost) {
      options.onWarning(
        `${options.path} line ${index + 1}: bcrypt cost ${cost} is not accepted (4 to ${highestCost}), so this user cannot log in`,
      );
      continue;
    }
    if (hashes.size >= limitUsers) throw fail(index + 1, `more than ${limitUsers} users`, "use tokens");
    hashes.set(name, hash);
    costs.set(cost, (costs.get(cost) ?? 0) + 1);
  }
  const usualCost = [...costs].toSorted((a, b) => b[1] - a[1])[0]?.[0] ?? 5;
  return { hashes, usualCost };
}

/** What a hash is called, never the hash itself: it could be a password that somebody wrote there in clear text. */
function kindOf(hash: string): string {
  if (hash.startsWith("$apr1$") || hash.startsWith("$1$")) return "an MD5 hash";
  if (hash.startsWith("{SHA}")) return "a SHA-1 hash";
  if (hash.startsWith("$5$")) return "a SHA-256 hash";
  if (hash.startsWith("$6$")) return "a SHA-512 hash";
  return "what stands after the name";
}
