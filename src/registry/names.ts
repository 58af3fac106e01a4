const repositoryPattern =
  /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const tagPattern = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;

/** Many clients limit host, slash and name together to 255 characters. */
export const repositoryLimitCharacters = 255;

/** A repository name of distribution-spec, "Pulling manifests". Names that start with `_` are kept for extensions by the same rule. */
export function isRepositoryName(text: string): boolean {
  return text.length <= repositoryLimitCharacters && repositoryPattern.test(text);
}

export function isTag(text: string): boolean {
  return tagPattern.test(text);
}
