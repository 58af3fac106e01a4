import type { RegistryRules } from "../../registry/mod.ts";
import { firstMatching, immutableTags } from "../../retention/mod.ts";
import type { ServerConfig } from "../config/server-config.ts";

/** What the configuration decides about repositories, in the form the registry asks. */
export function registryRules({ rules, garbage, limits }: ServerConfig): RegistryRules {
  const { quotas } = rules;
  const total = quotas.totalBytes === undefined ? {} : { totalBytes: quotas.totalBytes };
  const quotaOf = firstMatching(quotas.repositories);
  return {
    isImmutable: immutableTags(rules.immutable),
    quota:
      quotas.repositories.length === 0
        ? () => total
        : (repository) => {
            const found = quotaOf(repository);
            return found ? { ...total, repositoryBytes: found.bytes } : total;
          },
    undoMs: garbage.undoMs,
    isReadOnly: rules.isReadOnly,
    unfinished: limits.unfinished,
    isDeleteEnabled: rules.isDeleteEnabled,
    ...(limits.blobBytes === undefined ? {} : { blobLimitBytes: limits.blobBytes }),
  };
}
