import { KasaneError } from "../../lib/mod.ts";
import type { CommandContext } from "../command.ts";
import { commitTarget } from "./commit-target.ts";

/** `push IMAGE DESTINATION` of podman and buildah: without a transport, the destination is one in a registry. Returns the exit code. */
export async function pushTo(context: CommandContext, name: string, destination: string): Promise<number> {
  if (context.flags.boolean("all-tags")) {
    throw new KasaneError("usage", "--all-tags and a destination cannot be used together", {
      hint: "leave one of them out",
    });
  }
  const store = await context.store();
  const { record } = await store.find(name);
  const { deliver } = await commitTarget(context, store, destination, { isRegistry: true });
  await store.withLease("push", async (lease) => {
    await store.meta.leases.hold(lease, [record.target]);
    await deliver!(record.target);
  });
  return 0;
}
