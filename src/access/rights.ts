import { BoundedMap } from "../lib/mod.ts";
import type { Action } from "../registry/mod.ts";

/** What somebody may do. */
export interface Rights {
  allows(action: Action, repository: string): boolean;
}

/** Actions as bits, so that a decision about a repository is one number. */
export type ActionSet = number;

export const actionBits: Readonly<Record<Action, number>> = { pull: 1, push: 2, delete: 4 };
export const allActions: ActionSet = 7;

export function actionSet(actions: readonly Action[]): ActionSet {
  return actions.reduce((set, action) => set | actionBits[action], 0);
}

export function actionsOf(set: ActionSet): Action[] {
  return (Object.keys(actionBits) as Action[]).filter((action) => set & actionBits[action]);
}

export const noRights: Rights = { allows: () => false };
export const everyRight: Rights = { allows: () => true };

/** Rights in repositories that match; they add up. */
export interface Grant {
  readonly matches: (repository: string) => boolean;
  readonly actions: ActionSet;
}

const rememberedRepositories = 1024;

/** The sum of grants. Decisions are remembered: lists ask for the same repositories over and over. */
export function rightsOf(grants: readonly Grant[]): Rights {
  if (grants.length === 0) return noRights;
  const decided = new BoundedMap<string, ActionSet>(rememberedRepositories);
  return {
    allows(action, repository) {
      let set = decided.get(repository);
      if (set === undefined) {
        set = 0;
        for (const grant of grants) {
          if ((set & grant.actions) !== grant.actions && grant.matches(repository)) set |= grant.actions;
        }
        decided.set(repository, set);
      }
      return (set & actionBits[action]) !== 0;
    },
  };
}
