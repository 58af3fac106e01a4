/** `repository:<name>:<actions>` of the token protocol. */
export function repositoryScope(
  repository: string,
  ...actions: readonly ("pull" | "push" | "delete")[]
): string {
  return `repository:${repository}:${actions.join(",")}`;
}

export const catalogScope = "registry:catalog:*";

/** One scope per resource with the union of its actions, in a fixed order, so that equal needs are equal keys. */
export function mergeScopes(scopes: readonly string[]): string[] {
  const actionsOf = new Map<string, Set<string>>();
  for (const scope of scopes) {
    const end = scope.lastIndexOf(":");
    const resource = end < 0 ? scope : scope.slice(0, end);
    const actions = actionsOf.get(resource) ?? new Set();
    actionsOf.set(resource, actions);
    for (const action of end < 0 ? [] : scope.slice(end + 1).split(",")) actions.add(action);
  }
  return [...actionsOf]
    .map(([resource, actions]) =>
      actions.size === 0 ? resource : `${resource}:${[...actions].sort().join(",")}`,
    )
    .sort();
}
