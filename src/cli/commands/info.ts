import packageJson from "../../../package.json" with { type: "json" };
import type { Command } from "../command.ts";
import { objectFormat, wantsJson } from "../format-flag.ts";

export default {
  name: "info",
  summary: "Show the store and what this system can do",
  usage: "[--format json]",
  examples: [
    { call: "info", what: "where images are kept, how many there are, how RUN is isolated" },
    { call: "info --format json", what: "the same for a program" },
  ],
  flags: [objectFormat],
  arguments: { min: 0, max: 0 },
  onlyReads: true,
  async run({ flags, terminal, store, root }) {
    const [{ formatPlatform, hostPlatform }, { privilege }, { release }] = await Promise.all([
      import("../../oci/mod.ts"),
      import("../../sandbox/mod.ts"),
      import("node:os"),
    ]);
    const local = await store();
    const [images, containers] = await Promise.all([local.meta.images.list(), local.meta.containers.list()]);
    const isRoot = privilege() === "root";
    const facts: Record<string, string | number> = {
      Version: packageJson.version,
      Root: await root(),
      Images: images.length,
      Containers: containers.length,
      Platform: formatPlatform(hostPlatform()),
      Kernel: release(),
      Mode: isRoot ? "root" : `rootless (${await idsOfUser()})`,
      Layers: `overlay (${isRoot ? "trusted" : "user"} attributes)`,
    };
    if (wantsJson(flags, "info")) terminal.out(`${JSON.stringify(facts)}\n`);
    else for (const [name, value] of Object.entries(facts)) terminal.out(`${name}: ${value}\n`);
    return 0;
  },
} satisfies Command;

/** How many ids a step has to give files to. */
async function idsOfUser(): Promise<string> {
  const { hasSingleUid, privilege, whyNoUserNamespace, whySingleUid } = await import("../../sandbox/mod.ts");
  // Inside 'kasane unshare' the ids are mapped already.
  if (privilege() === "user-namespace") return hasSingleUid() ? "one uid" : "user namespace";
  const refusal = await whyNoUserNamespace();
  if (refusal !== undefined) return `no user namespace, nothing can be run: ${refusal}`;
  const reason = whySingleUid();
  return reason === undefined ? "user namespace" : `one uid: ${reason}`;
}
