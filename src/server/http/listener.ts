import type { Peer } from "../../registry/mod.ts";
import type { ListenAddress } from "../address.ts";
import type { TlsConfig } from "../config/server-config.ts";

/** PEM texts. */
export interface ServerTls {
  readonly certificate: string;
  readonly key: string;
  /** Default TLSv1.2. */
  readonly minimumVersion?: TlsConfig["minimumVersion"];
  /** Set: clients show certificates, and requests know whose. */
  readonly clients?: {
    readonly authorities: readonly string[];
    readonly auth: TlsConfig["clientAuth"];
  };
}

export interface ListenOptions {
  readonly address: ListenAddress;
  readonly tls?: ServerTls;
  /** A connection on which nothing moves for so long is closed, ms; Bun counts 255 s at most. */
  readonly idleMs: number;
  /** Spares requests the question where they come from. */
  readonly needsPeer: boolean;
  readonly handle: Handle;
}

/** Must not throw: what it throws is an internal error to the client, and nobody is told. */
export type Handle = (request: Request, peer: Peer) => Response | Promise<Response>;

/** An address that is listened on. */
export interface Listener {
  readonly port: number;
  /** For connections from now on; those that are open go on. @throws KasaneError `usage` for a key that does not fit: then all stays */
  reload(tls: ServerTls): void;
  /** No more connections from now on; resolves when what was asked has been answered. */
  drain(): Promise<void>;
  /** Ends what is under way as well. */
  close(): Promise<void>;
}
