import type { CommandContext } from "../command.ts";
import { usage } from "../flags.ts";
import { withImages } from "../images/image-viewing.ts";
import { warn as tellWarning } from "../messages/tell.ts";
import { toDestination } from "./cp-destination.ts";

/** `cp IMAGE:/PATH DEST`: out of an image that nobody runs. `-` as the destination is a tar on standard output. */
export async function copyFromImage(
  context: CommandContext,
  source: { readonly image: string; readonly path: string },
  destination: string,
): Promise<void> {
  const { flags, terminal, signal } = context;
  if (destination === "-" && terminal.isOutTty) {
    throw usage("refusing to write an archive to a terminal: redirect the output", "cp");
  }
  const { copyToDirectory, copyToTar, findCopySource, readFile } = await import("../../look/mod.ts");
  await withImages(context, { needsContents: true }, async (viewer) => {
    const image = await viewer.open(source.image);
    const found = await findCopySource(image, source.path, { followLink: flags.boolean("follow-link") });
    if (destination === "/dev/stdout" && found.node.entry.type === "file") {
      // As a file it could be the one that a shell redirects to, and would be replaced.
      for await (const chunk of readFile(image, found.node)) await terminal.outBytes(chunk);
      return;
    }
    if (destination !== "-") {
      const warn = (message: string) => tellWarning(terminal, message);
      const options = { archive: flags.boolean("archive"), warn };
      await toDestination(destination, () => copyToDirectory(image, found, destination, options));
      return;
    }
    const { writeTar } = await import("../../tar/mod.ts");
    for await (const chunk of writeTar(copyToTar(image, found))) {
      signal.throwIfAborted();
      await terminal.outBytes(chunk);
    }
  });
}
