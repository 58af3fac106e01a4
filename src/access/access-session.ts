import { type Action, type Caller, RegistryFailure, type Session, type Wanted } from "../registry/mod.ts";
import type { Identity } from "./identity.ts";

/** Makes the header that asks a client to log in; undefined where nobody can. */
export type Challenge = (
  request: Request,
  options: { wanted: readonly Wanted[]; error?: "insufficient_scope" },
) => string | undefined;

/** An identity's rights for one request. Made for each: it must stay small. */
export class AccessSession implements Session {
  readonly #identity: Identity;
  readonly #request: Request;
  readonly #challenge: Challenge;

  constructor(identity: Identity, request: Request, challenge: Challenge) {
    this.#identity = identity;
    this.#request = request;
    this.#challenge = challenge;
  }

  get caller(): Caller {
    return this.#identity.caller;
  }

  get isAdmitted(): boolean {
    return this.#identity.isAdmitted;
  }

  allows(action: Action, repository: string): boolean {
    return this.#identity.rights.allows(action, repository);
  }

  lists(repository: string): boolean {
    return (this.#identity.listed ?? this.#identity.rights).allows("pull", repository);
  }

  refusal(wanted: readonly Wanted[]): RegistryFailure {
    const { caller, couldGain } = this.#identity;
    const detail = wanted.flatMap(({ repository, actions }) =>
      actions.map((action) => ({ Type: "repository", Name: repository, Action: action })),
    );
    const header =
      caller.kind === "anonymous" || couldGain?.(wanted)
        ? this.#challenge(this.#request, {
            wanted,
            ...(couldGain === undefined ? {} : { error: "insufficient_scope" }),
          })
        : undefined;
    if (header === undefined) return new RegistryFailure("DENIED", { detail });
    return new RegistryFailure("UNAUTHORIZED", { detail, headers: { "www-authenticate": header } });
  }
}
