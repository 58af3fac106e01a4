import { cleanTarget } from "../../../container/run.ts";
import { KasaneError } from "../../../lib/mod.ts";

/** Where something is mounted, cleaned. @throws KasaneError `usage` */
export function mountTarget(path: string, type: string): string {
  if (!path.startsWith("/"))
    throw notAbsolute(path, type, "it is a path inside the container, and begins with /");
  const target = cleanTarget(path);
  if (target !== "/") return target;
  throw new KasaneError(
    "usage",
    `invalid mount config for type "${type}": invalid specification: destination can't be '/'`,
    { hint: "the container's own root is there: choose a path below it" },
  );
}

export function notAbsolute(path: string, type: string, hint: string): KasaneError {
  const why = `invalid mount path: '${path}' mount path must be absolute`;
  const message = type === "tmpfs" ? why : `invalid mount config for type "${type}": ${why}`;
  return new KasaneError("usage", message, { hint });
}
