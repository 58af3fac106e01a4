import { closeSync, openSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createSandbox, type PreparedStart, type SandboxOptions } from "../../sandbox/mod.ts";
import type { LocalStore } from "../../store/mod.ts";
import type { Container } from "../container.ts";
import { containerDirectory } from "../container-directory.ts";
import { startContainer } from "../run-container.ts";
import { startApart, tellingBeginning } from "./beginning.ts";

/**
 * Starts a container that lives on without this process. `command` is the program that calls superviseDetached().
 * @throws KasaneError as startContainer()
 */
export async function startDetached(
  store: LocalStore,
  { id }: Pick<Container, "id">,
  command: readonly string[],
  { onWarning }: SandboxOptions = {},
): Promise<void> {
  const directory = containerDirectory(store, id);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const complaints = join(directory, "supervisor.log");
  const errors = openSync(complaints, "w", 0o600);
  const lastWords = () => readFileSync(complaints, "utf8").trim().split("\n").at(-1);
  try {
    await startApart({ command, errors, lastWords, onWarning });
  } finally {
    closeSync(errors);
  }
}

/** The work of the process that startDetached() has started. SIGTERM stops the container, as at the system's end. */
export async function superviseDetached(
  store: LocalStore,
  id: string,
  options: SandboxOptions & { readonly prepared?: PreparedStart | undefined } = {},
): Promise<void> {
  const ending = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => ending.abort());
  process.on("SIGHUP", () => {});
  await tellingBeginning(({ onBegun, onWarning }) => {
    const warn = (message: string) => {
      onWarning(message);
      options.onWarning?.(message);
    };
    const sandbox = createSandbox({ onWarning: warn });
    const { prepared } = options;
    return startContainer(
      store,
      { id },
      { sandbox, prepared, onBegun, onWarning: warn, ending: ending.signal },
    );
  });
}
