import { join } from "node:path";
import { KasaneError } from "../lib/errors.ts";

/**
 * Where images are kept when nobody says otherwise: `/var/lib/kasane` for root, `$XDG_DATA_HOME/kasane` for anybody else. Inside a user
 * namespace that Kasane entered for an ordinary user, it is still that user's: pass the user's own environment on.
 * @throws KasaneError `not-found` for a user without home
 */
export function defaultRoot(environment: NodeJS.ProcessEnv = process.env, uid = process.getuid?.()): string {
  if (uid === 0) return "/var/lib/kasane";
  const data = environment.XDG_DATA_HOME;
  // The base directory specification says to ignore a path that is not absolute.
  if (data?.startsWith("/")) return join(data, "kasane");
  return join(environment.HOME || homeOf(uid), ".local", "share", "kasane");
}

function homeOf(uid: number | undefined): string {
  try {
    // Inside the user namespace the one to be found would be root's; the environment brings the user's, where there is one.
    if (uid === process.getuid?.()) return (require("node:os") as typeof import("node:os")).homedir();
  } catch {
    // No entry in /etc/passwd.
  }
  throw new KasaneError("not-found", `cannot tell where to keep images: user ${uid} has no home directory`, {
    hint: "set HOME or KASANE_ROOT, or name a directory with --root",
  });
}
