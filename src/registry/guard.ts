import type { RegistryFailure } from "./errors.ts";

/** What can be done to a repository. `delete` is tags, manifests and blobs; uploads are `push` from beginning to cancelling. */
export type Action = "pull" | "push" | "delete";

/** What a request wants to do. */
export interface Wanted {
  readonly repository: string;
  readonly actions: readonly Action[];
}

/** Who asks, as logs and events name them. Never a secret. */
export interface Caller {
  readonly kind: "anonymous" | "user" | "robot" | "certificate" | "token";
  /** Empty for anonymous. */
  readonly name: string;
}

/** Where a request comes from: what the HTTP server knows beside the request itself. */
export interface Peer {
  /** Address of the client without port. */
  readonly address: string;
  /** The verified client certificate's subject, where mutual TLS is on. */
  readonly certificate?: { readonly commonName: string; readonly names: readonly string[] };
  /** Told of the bytes of an upload as they arrive: a connection that brings something is not idle, however slow it is. */
  readonly received?: (bytes: number) => void;
}

/** One request's rights. Asked many times for lists, so answers come from memory. */
export interface Session {
  readonly caller: Caller;
  allows(action: Action, repository: string): boolean;
  /** Whether lists show the repository: a token for the catalog names none. */
  lists(repository: string): boolean;
  /** True when `/v2/` and lists may be asked: a client learns from a refusal there that it has to log in. */
  readonly isAdmitted: boolean;
  /** The answer to what was not allowed: UNAUTHORIZED with a challenge where logging in may help, else DENIED. */
  refusal(wanted: readonly Wanted[]): RegistryFailure;
}

/** Who may do what. Implemented in access/; a registry without one lets everybody do everything. */
export interface Guard {
  /**
   * On every request, so: synchronous where the answer is known.
   * @throws RegistryFailure UNAUTHORIZED for credentials that are wrong, TOOMANYREQUESTS after too many of those
   */
  admit(request: Request, peer: Peer): Session | Promise<Session>;
}

export const anonymous: Caller = { kind: "anonymous", name: "" };

/** The rights of everybody where there is no guard. */
export const unguarded: Session = {
  caller: anonymous,
  isAdmitted: true,
  allows: () => true,
  lists: () => true,
  refusal: () => {
    throw new Error("nothing is refused without a guard");
  },
};
