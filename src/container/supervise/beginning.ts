import { writeSync } from "node:fs";
import { type ErrorCode, isKasaneError, KasaneError, messageOf } from "../../lib/mod.ts";

/** What a process that goes on alone says once on its standard output: that its program has begun, or why it has not. */
type Beginning =
  | { readonly ok: true; readonly warnings: readonly string[] }
  | {
      readonly ok: false;
      readonly code: ErrorCode;
      readonly message: string;
      readonly hint?: string;
      readonly exitCode?: number;
    };

export interface Apart {
  readonly command: readonly string[];
  readonly env?: Record<string, string | undefined>;
  /** Where its standard error goes. */
  readonly errors: number | "ignore";
  /** Its last words, where it ended without having said how it began. */
  readonly lastWords?: () => string | undefined;
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** Starts a process that lives on without this one, and waits until its program has begun. @throws KasaneError what it threw */
export async function startApart({ command, env, errors, lastWords, onWarning }: Apart): Promise<void> {
  const child = Bun.spawn([...command], {
    stdio: ["ignore", "pipe", errors],
    cwd: "/",
    detached: true,
    ...(env && { env }),
  });
  const line = await firstLine(child.stdout);
  child.unref();
  const beginning = line === undefined ? undefined : (JSON.parse(line) as Beginning);
  if (beginning === undefined) {
    throw new KasaneError(
      "sandbox",
      `the container's supervisor ended: ${lastWords?.() || "without a word"}`,
      {
        data: { exitCode: 125 },
      },
    );
  }
  if (beginning.ok) {
    for (const message of beginning.warnings) onWarning?.(message);
    return;
  }
  const { code, message, hint, exitCode } = beginning;
  throw new KasaneError(code, message, {
    data: exitCode === undefined ? {} : { exitCode },
    ...(hint === undefined ? {} : { hint }),
  });
}

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true });
    const end = text.indexOf("\n");
    if (end >= 0) return text.slice(0, end);
  }
  return undefined;
}

export interface BeginningTeller {
  /** To be called with each warning; those that come before the beginning are told with it. */
  readonly onWarning: (message: string) => void;
  readonly onBegun: () => void;
}

/** The other side: runs `work`, and says once how it began. @throws what `work` throws, when that has been told */
export async function tellingBeginning<T>(work: (teller: BeginningTeller) => Promise<T>): Promise<T> {
  const warnings: string[] = [];
  let hasTold = false;
  const tell = (beginning: Beginning) => {
    if (hasTold) return;
    hasTold = true;
    try {
      writeSync(1, `${JSON.stringify(beginning)}\n`);
    } catch {
      // Whoever started it was killed: the program runs all the same.
    }
  };
  const onBegun = () => tell({ ok: true, warnings });
  try {
    const result = await work({ onBegun, onWarning: (message) => warnings.push(message) });
    // A program so short that its end came first has begun all the same.
    onBegun();
    return result;
  } catch (error) {
    const known = isKasaneError(error) ? error : undefined;
    const exitCode = known?.data.exitCode;
    tell({
      ...{ ok: false, code: known?.code ?? "sandbox", message: messageOf(error) },
      ...(known?.hint === undefined ? {} : { hint: known.hint }),
      ...(typeof exitCode === "number" ? { exitCode } : {}),
    });
    throw error;
  }
}
