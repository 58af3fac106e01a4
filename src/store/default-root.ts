import { homedir } from "node:os";
import { join } from "node:path";

/**
 * Where images are kept when nobody says otherwise: `/var/lib/kasane` for root, `$XDG_DATA_HOME/kasane` for anybody else. Inside a user
 * namespace that Kasane entered for an ordinary user, it is still that user's: pass the user's own environment on.
 */
export function defaultRoot(environment: NodeJS.ProcessEnv = process.env, uid = process.getuid?.()): string {
  if (uid === 0) return "/var/lib/kasane";
  const data = environment.XDG_DATA_HOME;
  // The base directory specification says to ignore a path that is not absolute.
  if (data?.startsWith("/")) return join(data, "kasane");
  return join(environment.HOME || homedir(), ".local", "share", "kasane");
}
