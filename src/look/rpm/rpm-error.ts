/**
 * A database of rpm that is not what it should be: it comes out of an image, so everything in it may be a lie. It never leaves this folder's
 * callers; to the user it is a reason why packages are not told.
 */
export class RpmError extends Error {
  override readonly name = "RpmError";
}

/** More than any real database has: the largest distributions have some 60,000 packages altogether. */
export const packageLimit = 100_000;
/** Of one package; the largest real ones, with a hundred thousand files, have 20 MB. */
export const headerLimitBytes = 64 * 1024 * 1024;
