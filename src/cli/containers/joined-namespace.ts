import type { Container } from "../../container/mod.ts";
import type { LocalStore } from "../../store/mod.ts";
import type { ParsedFlags } from "../flags.ts";

/**
 * The process whose user namespace a container has to be started in: that of the container whose network, processes or memory it is to share. Those of
 * another one an ordinary user cannot enter.
 */
export async function joinedNamespace(
  store: () => Promise<LocalStore>,
  { flags, isNew }: { flags: ParsedFlags; isNew: boolean },
): Promise<number | undefined> {
  const asked = isNew ? ["network", "net", "pid", "ipc"].map((name) => flags.string(name) ?? "") : [];
  if (isNew && !asked.some(isOfContainer)) return undefined;
  const { findContainer } = await import("../../container/find-container.ts");
  const local = await store();
  const started = isNew ? [] : await Promise.all(flags.arguments.map((name) => findContainer(local, name)));
  for (const mode of [...asked, ...started.flatMap(modesOf)].filter(isOfContainer)) {
    const other = await findContainer(local, mode.slice("container:".length));
    if (other?.state.kind === "running") return other.state.pid;
  }
  return undefined;
}

function modesOf(container: Container | undefined): string[] {
  const { network = "", isolation } = container?.settings ?? {};
  return [network, isolation?.pidMode ?? "", isolation?.ipcMode ?? ""];
}

function isOfContainer(mode: string): boolean {
  return mode.startsWith("container:");
}
