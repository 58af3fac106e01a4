import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type ErrorCode, isKasaneError, KasaneError, messageOf } from "../../lib/mod.ts";
import { createSandbox, type SandboxOptions } from "../../sandbox/mod.ts";
import type { LocalStore } from "../../store/mod.ts";
import type { Container } from "../container.ts";
import { containerDirectory } from "../container-directory.ts";
import { startContainer } from "../run-container.ts";

/** What a supervisor says once on its standard output: that the program has begun, or why it has not. */
type Beginning =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly code: ErrorCode;
      readonly message: string;
      readonly hint?: string;
      readonly exitCode?: number;
    };

/**
 * Starts a container that lives on without this process. `command` is the program that calls superviseDetached().
 * @throws KasaneError as startContainer()
 */
export async function startDetached(
  store: LocalStore,
  { id }: Pick<Container, "id">,
  command: readonly string[],
): Promise<void> {
  const directory = containerDirectory(store, id);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const complaints = join(directory, "supervisor.log");
  const errors = openSync(complaints, "w", 0o600);
  const child = Bun.spawn([...command], { stdio: ["ignore", "pipe", errors], cwd: "/", detached: true });
  closeSync(errors);
  const line = await firstLine(child.stdout);
  child.unref();
  const beginning = line === undefined ? undefined : (JSON.parse(line) as Beginning);
  if (beginning?.ok) return;
  if (beginning === undefined) {
    const last = readFileSync(complaints, "utf8").trim().split("\n").at(-1);
    throw new KasaneError("sandbox", `the container's supervisor ended: ${last || "without a word"}`, {
      data: { exitCode: 125 },
    });
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

/** The work of the process that startDetached() has started. SIGTERM stops the container, as at the system's end. */
export async function superviseDetached(
  store: LocalStore,
  id: string,
  options: SandboxOptions = {},
): Promise<void> {
  const ending = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => ending.abort());
  process.on("SIGHUP", () => {});
  let hasTold = false;
  const tell = (beginning: Beginning) => {
    if (hasTold) return;
    hasTold = true;
    try {
      writeSync(1, `${JSON.stringify(beginning)}\n`);
    } catch {
      // Whoever started it was killed: the container runs all the same.
    }
  };
  try {
    await startContainer(
      store,
      { id },
      { sandbox: createSandbox(options), onBegun: () => tell({ ok: true }), ending: ending.signal },
    );
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
  // A program so short that its end came first has begun all the same.
  tell({ ok: true });
}
