import { KasaneError } from "../lib/mod.ts";

/** A KasaneError for what went wrong with one path of a layer. */
export function unpackError(path: string, error: unknown): KasaneError {
  const cause = { cause: error };
  if (error instanceof KasaneError) {
    // A name that no system call takes came out of the archive.
    if (error.data.unusableName !== true) return error;
    return new KasaneError("invalid-layer", `cannot unpack ${show(path)}: ${error.message}`, cause);
  }
  const { code, message, syscall } = error as { code?: string; message: string; syscall?: string };
  const what = `cannot unpack ${show(path)}: ${message}`;
  switch (code) {
    case "ENOSPC":
      return new KasaneError("no-space", `cannot unpack ${show(path)}: no space left on the device`, cause);
    case "EDQUOT":
      return new KasaneError("no-space", `cannot unpack ${show(path)}: the disk quota is used up`, cause);
    case "ENAMETOOLONG":
      return new KasaneError(
        "invalid-layer",
        `cannot unpack ${show(path)}: a name is too long for a file system`,
        cause,
      );
    case "EPERM":
      if (!syscall?.startsWith("fchown")) return new KasaneError("io", what, cause);
      return new KasaneError("io", what, {
        ...cause,
        hint: "keeping owners needs root, or root in a user namespace",
      });
    case "EINVAL":
      if (!syscall?.startsWith("fchown")) return new KasaneError("io", what, cause);
      return new KasaneError("io", what, {
        ...cause,
        hint: "its owner is not mapped into the user namespace: give the user a larger range in /etc/subuid and /etc/subgid",
      });
    default:
      return new KasaneError("io", what, cause);
  }
}

/** A path in a message: quoted, control characters escaped, cut when it is very long. */
export function show(path: string): string {
  return JSON.stringify(path.length > 200 ? `${path.slice(0, 200)}…` : path);
}

/** The layer asks for something that cannot be. */
export function refused(path: string, reason: string): KasaneError {
  return new KasaneError("invalid-layer", `cannot unpack ${show(path)}: ${reason}`);
}
