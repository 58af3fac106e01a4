import type { Container } from "../../container/mod.ts";

/**
 * As an ordinary user a container that runs is in a user namespace of its own, and can be worked on only from there: calls this program again in it.
 * @returns the exit code where the work was done there
 */
export async function inUserNamespaceOf({ state }: Container): Promise<number | undefined> {
  const { privilege, reexecInUserNamespace, reexecInUserNamespaceOf } = await import("../../sandbox/mod.ts");
  if (privilege() !== "none") return undefined;
  const argv = process.argv.slice(2);
  return state.kind === "running" ? reexecInUserNamespaceOf(state.pid, argv) : reexecInUserNamespace(argv);
}
