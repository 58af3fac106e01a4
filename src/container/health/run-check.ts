import { isKasaneError, messageOf } from "../../lib/mod.ts";
import { durationText } from "../../template/mod.ts";
import type { Container } from "../container.ts";
import { execInContainer } from "../exec.ts";
import { type CheckResult, timeoutMsOf } from "./health.ts";

/** What is kept of a check's output. */
const maxOutputBytes = 4096;

/** Runs a container's check in it, once. */
export async function runCheck(
  container: Container,
  command: readonly string[],
  signal: AbortSignal,
): Promise<CheckResult> {
  const timeoutMs = timeoutMsOf(container.settings.config.Healthcheck ?? {});
  const expiry = AbortSignal.timeout(timeoutMs);
  const startedAtMs = Date.now();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const ended = (exitCode: number, output: string): CheckResult => ({
    ...{ startedAtMs, endedAtMs: Date.now(), exitCode, output },
  });
  const written = (): string => {
    const text = Buffer.concat(chunks);
    return text.length > maxOutputBytes ? `${text.subarray(0, maxOutputBytes)}...` : text.toString();
  };
  try {
    const exitCode = await execInContainer(container, {
      command,
      stdio: {
        kind: "pipe",
        output: (_, chunk) => {
          if (bytes <= maxOutputBytes) chunks.push(chunk.slice(0, maxOutputBytes + 1 - bytes));
          bytes += chunk.length;
        },
      },
      signal: AbortSignal.any([signal, expiry]),
    });
    if (!expiry.aborted) return ended(exitCode, written());
  } catch (error) {
    if (!isKasaneError(error)) throw error;
    if (!expiry.aborted) return ended(-1, messageOf(error));
  }
  const said = written();
  const late = `Health check exceeded timeout (${durationText(timeoutMs * 1e6)})`;
  return ended(-1, said === "" ? late : `${late}: ${said}`);
}
