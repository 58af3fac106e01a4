import { isKasaneError, KasaneError } from "../../lib/mod.ts";
import type { Command } from "../command.ts";
import { archiveOutput, outputFlag } from "../images/archive-output.ts";

export default {
  name: "export",
  summary: "Write the file system of a container or image as a tar",
  usage: "[OPTIONS] CONTAINER|IMAGE",
  description: "An image is flattened from its layers without being unpacked.",
  examples: [
    { call: "export -o rootfs.tar my-container", what: "a container with its changes" },
    { call: "export nginx:alpine | tar t", what: "an image, without making a container" },
  ],
  flags: [outputFlag],
  arguments: { min: 1, max: 1 },
  needsPrivilege: "where-possible",
  async run(context) {
    const { flags, store } = context;
    const write = archiveOutput(context);
    const name = flags.arguments[0]!;
    const local = await store();
    const { exportContainer, findContainer } = await import("../../container/mod.ts");
    const container = await findContainer(local, name);
    if (container) {
      await exportContainer(local, container, write);
      return 0;
    }
    try {
      const image = await local.find(name);
      const { exportImage } = await import("../../store/mod.ts");
      await local.withLease("export", async (lease) => {
        await local.meta.leases.hold(lease, [image.record.target]);
        await write(exportImage(local, image));
      });
    } catch (error) {
      if (!isKasaneError(error, "not-found")) throw error;
      const { didYouMean } = await import("../../lib/near-word.ts");
      const containers = (await local.meta.containers.list()).map((each) => each.name);
      const hint = didYouMean(name, containers) ?? error.hint;
      throw new KasaneError("not-found", `no such container or image: ${name}`, hint ? { hint } : {});
    }
    return 0;
  },
} satisfies Command;
