/** How much of the build cache is to stay, as BuildKit's and docker's flags say it; 0 is as good as absent. */
export interface KeptSpace {
  /** So much stays in any case. */
  readonly reservedBytes?: number;
  /** No more than that stays. */
  readonly maxUsedBytes?: number;
  /** So much is to be free on the disk afterwards. */
  readonly minFreeBytes?: number;
}

/** The bytes to keep of `totalBytes`; undefined where nobody asked to keep any. */
export function keepBytes(
  { reservedBytes = 0, maxUsedBytes = 0, minFreeBytes = 0 }: KeptSpace,
  { totalBytes, freeBytes }: { readonly totalBytes: number; readonly freeBytes: number },
): number | undefined {
  if (reservedBytes === 0 && maxUsedBytes === 0 && minFreeBytes === 0) return undefined;
  const limits: number[] = [];
  if (maxUsedBytes > 0) limits.push(maxUsedBytes);
  if (minFreeBytes > 0) limits.push(totalBytes - Math.max(0, minFreeBytes - freeBytes));
  return Math.max(reservedBytes, limits.length > 0 ? Math.min(...limits) : 0);
}
