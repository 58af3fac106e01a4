import type { Propagation, TmpfsFlags } from "../../sandbox/mod.ts";

/** A mount that a new container is to have, as it was asked for. */
export type MountRequest = BindRequest | VolumeRequest | TmpfsRequest | ImageRequest;

interface Request {
  /** Absolute and clean. */
  readonly target: string;
  /** How it was said: what `inspect` shows of that. */
  readonly asked: Asked;
}

export type Asked =
  /** `-v SOURCE:TARGET…`; `mode` is what stood behind the target. */
  | { readonly by: "volume"; readonly text: string; readonly mode: string }
  /** `-v /TARGET`: as if the image had said VOLUME. */
  | { readonly by: "declaration" }
  /** `--mount`, by the names of docker's API. */
  | { readonly by: "mount"; readonly value: Readonly<Record<string, unknown>> }
  | { readonly by: "tmpfs"; readonly options: string };

export interface BindRequest extends Request {
  readonly kind: "bind";
  /** Absolute. */
  readonly source: string;
  readonly readOnly: boolean;
  readonly propagation?: Propagation;
  readonly nonRecursive?: boolean;
  /** Made as an empty directory where it does not exist; otherwise that is an error. */
  readonly createSource: boolean;
  readonly giveToUser?: boolean;
}

export interface VolumeRequest extends Request {
  readonly kind: "volume";
  /** Absent: one of its own. */
  readonly name?: string;
  readonly readOnly: boolean;
  /** Not filled with what the image has there. */
  readonly noCopy?: boolean;
  readonly subpath?: string;
  /** For a volume that is made now. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly options?: Readonly<Record<string, string>>;
  readonly giveToUser?: boolean;
}

export interface TmpfsRequest extends Request {
  readonly kind: "tmpfs";
  readonly sizeBytes?: number;
  readonly mode?: number;
  readonly flags: TmpfsFlags;
  readonly data?: string;
}

export interface ImageRequest extends Request {
  readonly kind: "image";
  readonly image: string;
  readonly subpath?: string;
}
