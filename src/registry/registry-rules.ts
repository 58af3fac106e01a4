import type { UnfinishedLimits } from "./unfinished-uploads.ts";

/** What the registry's owner has decided, by repository. Plain functions, so that they can be replaced while serving. */
export interface RegistryRules {
  /** A tag that exists and may neither be moved nor deleted. */
  isImmutable(repository: string, tag: string): boolean;
  /** Limits in bytes: of what is linked in this repository, and of everything this registry hosts. */
  quota(repository: string): { readonly repositoryBytes?: number; readonly totalBytes?: number };
  /** Largest blob. Absent: any. */
  readonly blobLimitBytes?: number;
  /** Absent: none. */
  readonly unfinished?: UnfinishedLimits;
  /** How long a deleted or moved tag can be brought back, ms. 0: not at all. */
  readonly undoMs: number;
  /** Pushes and deletes are refused with 405 and a message. */
  readonly isReadOnly: boolean;
  /** Deletes are allowed at all (`storage.delete.enabled`). */
  readonly isDeleteEnabled: boolean;
}

export const noRules: RegistryRules = {
  isImmutable: () => false,
  quota: () => ({}),
  undoMs: 24 * 60 * 60 * 1000,
  isReadOnly: false,
  isDeleteEnabled: true,
};
