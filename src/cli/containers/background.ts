import { resolve } from "node:path";
import type { Container } from "../../container/mod.ts";
import type { CommandContext } from "../command.ts";
import { warn } from "../messages/tell.ts";
import { startAhead } from "./start-ahead.ts";

/** argv[2] of the process that runs a container in the background. */
const SUPERVISE_ARGUMENT = "__supervise";

/** Starts a container in a process of its own. @throws KasaneError as startContainer() */
export async function startInBackground(
  context: Pick<CommandContext, "store" | "root" | "terminal">,
  container: Pick<Container, "id" | "settings">,
): Promise<void> {
  const [{ startDetached }, { ownCommand }] = await Promise.all([
    import("../../container/run.ts"),
    import("../../sandbox/mod.ts"),
  ]);
  const root = resolve(await context.root());
  await startDetached(
    await context.store(),
    container,
    [...ownCommand(), ...[SUPERVISE_ARGUMENT, root, container.id], ...aheadWords(container)],
    { onWarning: (message) => warn(context.terminal, message) },
  );
}

/** What that process can start ahead of opening the store, which says the same. */
function aheadWords({ settings: { network, isolation } }: Pick<Container, "settings">): string[] {
  return isolation?.runtime === undefined ? [network] : [];
}

/** What that process does: `words` are the store's root, the container's id, and aheadWords(). */
export async function superviseInBackground([
  root = "",
  id = "",
  network,
]: readonly string[]): Promise<number> {
  const prepared = network === undefined ? undefined : await startAhead({ string: () => undefined }, network);
  const [{ openLocalStore }, { superviseDetached }] = await Promise.all([
    import("../../store/open-local-store.ts"),
    import("../../container/run.ts"),
  ]);
  const store = await openLocalStore(root);
  try {
    await superviseDetached(store, id, { prepared, onWarning: (message) => console.error(message) });
    return 0;
  } catch {
    // Told to whoever started it.
    return 1;
  } finally {
    await prepared?.dispose();
    await store.close();
  }
}
