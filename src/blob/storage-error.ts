import { errnoOf, KasaneError, messageOf } from "../lib/mod.ts";

/** What a failed file operation means to the caller: a full disk is told apart from everything else. */
export function storageError(operation: string, error: unknown): KasaneError {
  if (error instanceof KasaneError) return error;
  const errno = errnoOf(error);
  if (errno === "ENOSPC" || errno === "EDQUOT") {
    const reason = errno === "ENOSPC" ? "no space left on the device" : "the disk quota is used up";
    return new KasaneError("no-space", `cannot ${operation}: ${reason}`, {
      hint: "free some space: unused images and build cache can be pruned",
      cause: error,
    });
  }
  if (errno === "EROFS" || errno === "EACCES" || errno === "EPERM") {
    const reason = errno === "EROFS" ? "the file system is read-only" : "permission denied";
    return new KasaneError("io", `cannot ${operation}: ${reason}`, {
      hint: "check who owns the store's directory and whether it may be written",
      cause: error,
    });
  }
  return new KasaneError("io", `cannot ${operation}: ${messageOf(error)}`, { cause: error });
}
