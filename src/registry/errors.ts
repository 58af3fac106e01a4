import { type ErrorCode, isKasaneError, type KasaneError } from "../lib/mod.ts";
import { type RegistryErrorCode, registryErrors } from "../oci/mod.ts";

/** The specification has no code for a failure of the registry itself; Docker's registry says these. */
type FailureCode = RegistryErrorCode | "UNKNOWN" | "UNAVAILABLE";

const messages: Record<FailureCode, string> = {
  BLOB_UNKNOWN: "blob unknown to registry",
  BLOB_UPLOAD_INVALID: "blob upload invalid",
  BLOB_UPLOAD_UNKNOWN: "blob upload unknown to registry",
  DIGEST_INVALID: "provided digest did not match uploaded content",
  MANIFEST_BLOB_UNKNOWN: "manifest references a manifest or blob unknown to registry",
  MANIFEST_INVALID: "manifest invalid",
  MANIFEST_UNKNOWN: "manifest unknown to registry",
  NAME_INVALID: "invalid repository name",
  NAME_UNKNOWN: "repository name not known to registry",
  SIZE_INVALID: "provided length did not match content length",
  UNAUTHORIZED: "authentication required",
  DENIED: "requested access to the resource is denied",
  UNSUPPORTED: "the operation is unsupported",
  TOOMANYREQUESTS: "too many requests",
  UNKNOWN: "internal error",
  UNAVAILABLE: "service unavailable",
};

/** An answer that is not the one that was asked for. Thrown anywhere in registry/, turned into a Response in one place. */
export class RegistryFailure extends Error {
  readonly code: FailureCode;
  readonly status: number;
  readonly detail: unknown;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: FailureCode,
    options: {
      /** Where it differs from the code's usual one. */
      status?: number;
      message?: string;
      detail?: unknown;
      headers?: Readonly<Record<string, string>>;
      cause?: unknown;
    } = {},
  ) {
    super(options.message ?? messages[code], { cause: options.cause });
    this.code = code;
    this.status = options.status ?? statusOf(code);
    this.detail = options.detail;
    this.headers = options.headers ?? {};
  }
}

function statusOf(code: FailureCode): number {
  if (code === "UNKNOWN") return 500;
  if (code === "UNAVAILABLE") return 503;
  return registryErrors[code];
}

/** What a store's error means to a client. Everything else is our own fault: the client learns no more than that. */
const failures: Partial<Record<ErrorCode, { code: FailureCode; status?: number }>> = {
  "digest-mismatch": { code: "DIGEST_INVALID" },
  "invalid-digest": { code: "DIGEST_INVALID" },
  "invalid-manifest": { code: "MANIFEST_INVALID" },
  "limit-exceeded": { code: "SIZE_INVALID", status: 413 },
  denied: { code: "DENIED" },
  "no-space": { code: "UNAVAILABLE", status: 507 },
};

export function failureOf(error: unknown): RegistryFailure {
  if (error instanceof RegistryFailure) return error;
  const known = isKasaneError(error) ? failures[error.code] : undefined;
  if (known === undefined) return new RegistryFailure("UNKNOWN", { cause: error });
  const { message } = error as KasaneError;
  return new RegistryFailure(known.code, {
    cause: error,
    ...(known.code === "UNAVAILABLE" ? { message: "no space left in the registry" } : { message }),
    ...(known.status === undefined ? {} : { status: known.status }),
  });
}

/** The error body of the specification. HEAD has none. */
export function failureResponse(failure: RegistryFailure, method: string): Response {
  const headers = { ...failure.headers, ...apiHeaders, "content-type": "application/json" };
  if (method === "HEAD") return new Response(null, { status: failure.status, headers });
  const { code, message, detail } = failure;
  const errors = [{ code, message, ...(detail === undefined ? {} : { detail }) }];
  const body = new TextEncoder().encode(JSON.stringify({ errors }));
  return new Response(body, {
    status: failure.status,
    headers: { ...headers, "content-length": String(body.length) },
  });
}

/** On every answer. Blobs and manifests are other people's bytes: no browser is to guess that they are a page. */
export const apiHeaders = {
  "docker-distribution-api-version": "registry/2.0",
  "x-content-type-options": "nosniff",
} as const;
