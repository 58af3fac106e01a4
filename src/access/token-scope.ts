import { isRepositoryName } from "../registry/mod.ts";
import { type ActionSet, actionBits, actionsOf, allActions, type Rights } from "./rights.ts";

/** One entry of a token's `access` claim: distribution's token specification. */
export interface AccessEntry {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

const limitScopes = 256;
const limitCharacters = 512;

/**
 * Reads scopes as clients ask for them: `repository:team/app:pull,push`, several in one text with spaces between. What cannot be
 * read is left out: a client gets a token for what it may do of the rest.
 */
export function parseScopes(texts: readonly string[]): AccessEntry[] {
  const scopes = texts.flatMap((text) => text.split(" ")).filter((scope) => scope !== "");
  return scopes.slice(0, limitScopes).flatMap((scope) => {
    const [first, last] = [scope.indexOf(":"), scope.lastIndexOf(":")];
    if (scope.length > limitCharacters || first <= 0 || first === last) return [];
    // A class, as in `repository(plugin)`, says what is in it and changes nothing about who may have it.
    const type = scope.slice(0, first).replace(/\([a-z0-9]+\)$/, "");
    const actions = scope.slice(last + 1).split(",");
    return [{ type, name: scope.slice(first + 1, last), actions }];
  });
}

/** What of `asked` the rights cover, one entry for each repository. `isKnown`: not anonymous, so lists may be asked for. */
export function grantScopes(
  asked: readonly AccessEntry[],
  { rights, isKnown }: { rights: Rights; isKnown: boolean },
): AccessEntry[] {
  const granted = [...repositoriesOf(asked)].flatMap(([name, wanted]) => {
    const actions = actionsOf(wanted).filter((action) => rights.allows(action, name));
    return actions.length === 0 ? [] : [{ type: "repository", name, actions }];
  });
  if (isKnown && hasCatalog(asked))
    granted.push({ type: "registry", name: "catalog", actions: ["*"] as never[] });
  return granted;
}

/** Repositories with what the entries name there. `*` is everything. */
export function repositoriesOf(entries: readonly AccessEntry[]): Map<string, ActionSet> {
  const found = new Map<string, ActionSet>();
  for (const { type, name, actions } of entries) {
    if (type !== "repository" || !isRepositoryName(name)) continue;
    found.set(name, (found.get(name) ?? 0) | setOf(actions));
  }
  return found;
}

export function hasCatalog(entries: readonly AccessEntry[]): boolean {
  return entries.some(
    ({ type, name, actions }) => type === "registry" && name === "catalog" && actions.includes("*"),
  );
}

function setOf(actions: readonly string[]): ActionSet {
  let set = 0;
  for (const action of actions) {
    if (action === "*") return allActions;
    if (Object.hasOwn(actionBits, action)) set |= actionBits[action as keyof typeof actionBits];
  }
  return set;
}
