import type { PreparedStart } from "../../sandbox/mod.ts";
import type { ParsedFlags } from "../flags.ts";

/** With these, namespaces are not the container's own, or somebody else makes them. */
const elsewhere = ["pid", "ipc", "uts", "runtime"];

/**
 * Starts what a container will need whatever its image says, its namespaces and the runtime in them, beside the work that finds out the rest.
 * Undefined where that would be of no use. To be disposed of: nothing of it is left where the container never begins.
 */
export async function startAhead(
  flags: Pick<ParsedFlags, "string">,
  network = flags.string("network") ?? flags.string("net"),
): Promise<PreparedStart | undefined> {
  if (network?.startsWith("container:") || elsewhere.some((name) => flags.string(name) !== undefined))
    return undefined;
  const { PreparedStage } = await import("../../sandbox/prepared-stage.ts");
  try {
    return new PreparedStage(network === "host" ? "host" : "none");
  } catch {
    // The start itself tells what is missing.
    return undefined;
  }
}
