import { errnoOf, KasaneError, messageOf } from "../lib/errors.ts";

/** A failed file operation of the store, as the user sees it. */
export function storeError(operation: string, error: unknown): KasaneError {
  if (error instanceof KasaneError) return error;
  const errno = errnoOf(error);
  if (errno === "ENOSPC" || errno === "EDQUOT") {
    return new KasaneError("no-space", `cannot ${operation}: no space left on the device`, {
      hint: "free some space: unused images and build cache can be pruned",
      cause: error,
    });
  }
  if (errno === "EROFS") {
    return new KasaneError("io", `cannot ${operation}: the file system is read-only`, {
      hint: "choose another place with --root or KASANE_ROOT",
      cause: error,
    });
  }
  if (errno === "EACCES" || errno === "EPERM") {
    return new KasaneError("io", `cannot ${operation}: permission denied`, {
      hint: "choose a place of your own with --root or KASANE_ROOT, or run as the user who owns this one",
      cause: error,
    });
  }
  return new KasaneError("io", `cannot ${operation}: ${messageOf(error)}`, { cause: error });
}
