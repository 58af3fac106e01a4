import { collect, type ErrorCode, KasaneError } from "../lib/mod.ts";
import type { Answer } from "./answer.ts";
import { isPassingStatus, parseRetryAfter } from "./retry.ts";

/** What a registry says about a failure: the `errors` body of the specification. */
export interface RegistryMessage {
  readonly code?: string;
  readonly message?: string;
}

const bodyLimitBytes = 64 * 1024;
const textLimit = 300;

const statusWords: Record<number, string> = {
  400: "bad request",
  401: "authentication required",
  403: "access denied",
  404: "not found",
  405: "not allowed",
  413: "body too large",
  416: "range not satisfiable",
  429: "too many requests",
  500: "internal server error",
  502: "bad gateway",
  503: "service unavailable",
  504: "gateway timeout",
};

/**
 * Turns an answer nobody asked for into a KasaneError: `cannot pull a/b:c: registry.example.com answered 404 (manifest unknown)`.
 * Reads the rest of the answer.
 */
export async function responseError(
  answer: Answer,
  context: { action: string; host: string; hasCredential: boolean },
): Promise<KasaneError> {
  const said = await readMessage(answer);
  const { status } = answer;
  const reason = said.message ?? said.code?.toLowerCase().replaceAll("_", " ") ?? statusWords[status];
  const code = codeOf(status, said.code);
  const retryAfterMs = parseRetryAfter(answer.headers.get("retry-after"));
  const hint = hintFor(code, { ...context, retryAfterMs });
  return new KasaneError(
    code,
    `${context.action}: ${context.host} answered ${status}${reason === undefined ? "" : ` (${reason})`}`,
    {
      ...(hint === undefined ? {} : { hint }),
      data: {
        host: context.host,
        status,
        passing: isPassingStatus(status),
        ...(said.code === undefined ? {} : { registryCode: said.code }),
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      },
    },
  );
}

/** The first error of the body; empty when the body is not what the specification asks for. */
async function readMessage(answer: Answer): Promise<RegistryMessage> {
  try {
    const text = new TextDecoder().decode(await collect(answer.body(), bodyLimitBytes, "the error message"));
    const parsed = JSON.parse(text) as { errors?: unknown; details?: unknown } | null;
    const first = (Array.isArray(parsed?.errors) ? parsed.errors[0] : undefined) as
      | { code?: unknown; message?: unknown }
      | undefined;
    const code = typeof first?.code === "string" ? printable(first.code, 60) : "";
    const message = [first?.message, parsed?.details].find((text) => typeof text === "string" && text !== "");
    return {
      ...(code === "" ? {} : { code }),
      ...(typeof message === "string" ? { message: printable(message, textLimit) } : {}),
    };
  } catch {
    return {};
  }
}

/** A server's words without control characters: they end up on a terminal. */
function printable(text: string, limit: number): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, " ")
    .trim()
    .slice(0, limit);
}

function codeOf(status: number, registryCode: string | undefined): ErrorCode {
  if (status === 413) return "limit-exceeded";
  if (registryCode === "DIGEST_INVALID" || registryCode === "SIZE_INVALID") return "digest-mismatch";
  if (status === 401) return "unauthorized";
  if (status === 403) return "denied";
  if (status === 404) return "not-found";
  if (status === 405 || registryCode === "UNSUPPORTED") return "unsupported";
  if (status === 416) return "range-not-satisfiable";
  if (status === 429) return "rate-limited";
  if (status === 400 && registryCode === "MANIFEST_INVALID") return "invalid-manifest";
  return [408, 502, 503, 504].includes(status) ? "network" : "protocol";
}

function hintFor(
  code: ErrorCode,
  context: { host: string; hasCredential: boolean; retryAfterMs: number | undefined },
): string | undefined {
  // A token server is named beside its registry: what is logged in to is the registry.
  const logIn = `kasane login ${context.host.split(" ")[0]}`;
  if (code === "unauthorized" && context.hasCredential) {
    return `the stored credentials were not accepted: log in again with ${logIn}`;
  }
  if (code === "unauthorized") return `log in with ${logIn}`;
  if (code === "denied") return "check the repository's name and that your account may do this";
  if (code !== "rate-limited") return undefined;
  if (context.retryAfterMs !== undefined) return `try again in ${Math.ceil(context.retryAfterMs / 1000)} s`;
  return context.hasCredential ? "try again later" : `try again later, or log in with ${logIn}`;
}
