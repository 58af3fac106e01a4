/** Kept by more than one. */
export const several = Symbol("several");

/**
 * For each node of a graph, the one owner it is reached from, or `several`. Each node is visited twice at most: when it gets its first owner,
 * and when it gets a second one.
 */
export function soleOwners<Owner, Node>(
  roots: Iterable<readonly [Owner | typeof several, Node]>,
  below: (node: Node) => readonly Node[],
): Map<Node, Owner | typeof several> {
  const owners = new Map<Node, Owner | typeof several>();
  const pending: Node[] = [];
  const own = (node: Node, owner: Owner | typeof several) => {
    const before = owners.get(node);
    if (before === several || before === owner) return;
    owners.set(node, before === undefined ? owner : several);
    pending.push(node);
  };
  for (const [owner, node] of roots) own(node, owner);
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    const owner = owners.get(node)!;
    for (const child of below(node)) own(child, owner);
  }
  return owners;
}
