import type { ByteSource } from "../lib/mod.ts";
import type { Digest, ImageConfig, ImageManifest, Platform, RawManifest, Reference } from "../oci/mod.ts";
import type { Sandbox } from "../sandbox/mod.ts";
import type { LocalImage, LocalStore } from "../store/mod.ts";
import type { BuildListener } from "./progress.ts";

/** Where COPY and ADD read from. */
export type BuildContext =
  | { readonly kind: "directory"; readonly path: string }
  /** A tar, compressed or not; read to its end. */
  | { readonly kind: "tar"; readonly stream: ByteSource }
  /** No files: a Dockerfile on stdin alone. */
  | { readonly kind: "none" };

/** Which Dockerfile. */
export type DockerfileSelection =
  /** A file of this machine (for a tar context: of the tar). */
  | { readonly kind: "path"; readonly path: string }
  | { readonly kind: "text"; readonly text: string | Uint8Array; readonly name?: string };

/**
 * Brings an image that FROM or `--from` names into the store: what is there already, else pulled. `platform` is absent where nobody
 * asked for one: the host's, or whatever a single-platform image has.
 * @throws KasaneError `not-found` and whatever pulling throws
 */
export type ResolveBase = (
  reference: Reference,
  options: { readonly platform?: Platform; readonly signal?: AbortSignal },
) => Promise<LocalImage>;

export interface BuildOptions {
  readonly store: LocalStore;
  readonly context: BuildContext;
  /** Absent: `Dockerfile`, else `Containerfile`, of the context. */
  readonly dockerfile?: DockerfileSelection;
  /** Canonical names with tag. Empty: the image has no name. */
  readonly tags?: readonly string[];
  readonly buildArgs?: Readonly<Record<string, string>>;
  /** A stage's name or number; absent: the last. */
  readonly target?: string;
  /** Runs every step again; results still go to the cache. */
  readonly noCache?: boolean;
  readonly platform?: Platform;
  /** Set on the result, over those of the Dockerfile. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Seconds since the epoch: the time of the image, its history and its files. See ARCHITECTURE.md, "Deterministic by default". */
  readonly timestamp?: number;
  /** gzip when absent. */
  readonly compression?: "gzip" | "zstd" | "none";
  /** oci when absent. */
  readonly mediaTypes?: "oci" | "docker";
  /** By id, for `RUN --mount=type=secret`. They reach no layer, history, cache key or log. */
  readonly secrets?: ReadonlyMap<string, Uint8Array>;
  /** Sockets of SSH agents by id (`default`), for `RUN --mount=type=ssh`. */
  readonly sshAgents?: ReadonlyMap<string, string>;
  /** Runs RUN. Absent: a Dockerfile with RUN is refused. */
  readonly sandbox?: Sandbox;
  /** Absent: only what is in the store. */
  readonly resolveBase?: ResolveBase;
  readonly progress?: BuildListener;
  readonly signal?: AbortSignal;
  /** Steps that work at the same time; the number of processors when absent. */
  readonly jobs?: number;
}

export interface BuildResult {
  readonly raw: RawManifest;
  readonly manifest: ImageManifest;
  readonly config: ImageConfig;
  /** Digest of the config: Docker's image ID. */
  readonly id: Digest;
  readonly tags: readonly string[];
  /** Steps that made or could have made a layer, and how many of them came from the cache. */
  readonly steps: { readonly total: number; readonly cached: number };
}
