/**
 * What long work tells whoever watches. `id` is the line it belongs to: the short digest of a layer, a build step.
 * The command line turns these into Docker's wording; the library passes them to the caller.
 */
export interface ProgressEvent {
  readonly id: string;
  readonly phase: ProgressPhase;
  /** Bytes done and expected, where the phase moves bytes. */
  readonly current?: number;
  readonly total?: number;
  /** Phase-specific text: the repository a blob was mounted from. */
  readonly detail?: string;
}

export type ProgressPhase =
  | "waiting"
  | "downloading"
  | "verifying"
  | "downloaded"
  | "loading"
  | "extracting"
  | "pulled"
  | "exists"
  | "preparing"
  | "pushing"
  | "pushed"
  | "mounted"
  | "pushed-exists"
  | "retrying";

export type ProgressListener = (event: ProgressEvent) => void;
