import type { LocalStore } from "../../store/mod.ts";
import type { ParsedFlags } from "../flags.ts";

/**
 * The process whose user namespace a container has to be started in: that of the container whose network it is to share. Of another one, an ordinary
 * user cannot enter the network.
 */
export async function joinedNamespace(
  store: () => Promise<LocalStore>,
  { flags, isNew }: { flags: ParsedFlags; isNew: boolean },
): Promise<number | undefined> {
  const asked = isNew ? (flags.string("network") ?? flags.string("net")) : undefined;
  if (isNew && !asked?.startsWith("container:")) return undefined;
  const { findContainer } = await import("../../container/find-container.ts");
  const local = await store();
  const started = isNew ? [] : await Promise.all(flags.arguments.map((name) => findContainer(local, name)));
  for (const mode of isNew ? [asked!] : started.map((one) => one?.settings.network ?? "")) {
    if (!mode.startsWith("container:")) continue;
    const other = await findContainer(local, mode.slice("container:".length));
    if (other?.state.kind === "running") return other.state.pid;
  }
  return undefined;
}
