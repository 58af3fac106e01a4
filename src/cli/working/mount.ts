import type { Command } from "../command.ts";
import { warn } from "../messages/tell.ts";
import { goJson } from "../text/go-json.ts";

export default {
  name: "mount",
  summary: "Mount the files of working containers, to be changed with any program",
  usage: "[OPTIONS] [CONTAINER...]",
  description:
    "Prints the directory; of several containers, each with its name; without one, what is mounted. It stays mounted until umount, rm, or the machine is started again. An ordinary user mounts inside 'kasane unshare'.",
  examples: [
    { call: "mount debian-working-container", what: "prints where its root directory is" },
    { call: "mount", what: "what is mounted" },
    { call: "unshare sh -c 'cp app \"$(kasane mount build)\"'", what: "without root" },
  ],
  flags: [{ name: "json", type: "boolean", help: "Print JSON" }],
  arguments: { min: 0 },
  async run({ flags, terminal, store }) {
    const { getWorkingContainer, isWorking, listContainers, mountedRoot, mountRoot } = await import(
      "../../container/mod.ts"
    );
    const local = await store();
    const mounts: { container: string; mountPoint: string }[] = [];
    if (flags.arguments.length === 0) {
      for (const { id, name } of (await listContainers(local)).filter(isWorking).reverse()) {
        const mountPoint = mountedRoot(local, id);
        if (mountPoint !== undefined) mounts.push({ container: name, mountPoint });
      }
    } else {
      const { requireMounts } = await import("./require-mounts.ts");
      const onWarning = (message: string) => warn(terminal, message);
      for (const name of flags.arguments) {
        const container = await getWorkingContainer(local, name);
        await requireMounts();
        mounts.push({ container: name, mountPoint: await mountRoot(local, container, onWarning) });
      }
    }
    if (flags.boolean("json")) terminal.out(`${goJson(mounts, 4)}\n`);
    else if (flags.arguments.length === 1) terminal.out(`${mounts[0]!.mountPoint}\n`);
    else for (const { container, mountPoint } of mounts) terminal.out(`${container} ${mountPoint}\n`);
    return 0;
  },
} satisfies Command;
