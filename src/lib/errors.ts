/** Every way Kasane can fail. A caller catches by code, never by message. */
export type ErrorCode =
  | "invalid-reference"
  | "invalid-digest"
  | "digest-mismatch"
  | "invalid-manifest"
  | "invalid-config"
  | "invalid-archive"
  | "invalid-layer"
  | "invalid-dockerfile"
  | "limit-exceeded"
  | "not-found"
  | "already-exists"
  | "conflict"
  | "range-not-satisfiable"
  | "unauthorized"
  | "denied"
  | "rate-limited"
  | "network"
  | "protocol"
  | "unsupported"
  | "no-space"
  | "io"
  | "usage"
  | "build-failed"
  | "sandbox"
  | "cancelled"
  | "internal";

export interface ErrorDetails {
  /** The next thing the user may try: one sentence, no full stop needed. */
  hint?: string;
  cause?: unknown;
  /** Machine-readable facts for callers (an HTTP status, an exit code, a line number). Never a secret. */
  data?: Readonly<Record<string, string | number | boolean>>;
}

/**
 * The one error type that leaves a Kasane module on purpose.
 *
 * The message names the operation, the thing it was done to and the reason:
 * `cannot push blob sha256:ab12…: registry.example.com answered 413 (body too large)`.
 * Secrets are redacted where the error is made.
 */
export class KasaneError extends Error {
  override readonly name = "KasaneError";
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly data: Readonly<Record<string, string | number | boolean>>;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = details.hint;
    this.data = details.data ?? {};
  }
}

/** True when `error` is a KasaneError, and of `code` where one is given. */
export function isKasaneError(error: unknown, code?: ErrorCode): error is KasaneError {
  return error instanceof KasaneError && (code === undefined || error.code === code);
}

/** The message of anything that can be thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The `errno` name (`ENOENT`, `EEXIST` …) of a file-system error, if it has one. */
export function errnoOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === "string" && /^E[A-Z0-9]+$/.test(code) ? code : undefined;
}
