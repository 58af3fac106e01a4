import type { ImageConfig } from "../oci/mod.ts";

/** What made a layer, as the image's history tells; `""` where it does not. */
export function layerInstructions({
  history = [],
  rootfs,
}: Pick<ImageConfig, "history" | "rootfs">): string[] {
  const made = history.filter((entry) => entry.empty_layer !== true);
  // A history that tells of another number of layers tells of other layers.
  const isWhole = made.length === rootfs.diff_ids.length;
  return rootfs.diff_ids.map((_, index) => (isWhole ? instruction(made[index]!.created_by ?? "") : ""));
}

const shell = /^\/bin\/sh -c /;
const noOperation = /^#\(nop\)\s+/;

/** Docker's classic builder writes instructions as the shell commands they were run by. */
function instruction(createdBy: string): string {
  const text = createdBy.replaceAll(/\s+/g, " ").trim();
  if (!shell.test(text)) return text;
  const command = text.replace(shell, "");
  return noOperation.test(command) ? command.replace(noOperation, "") : `RUN ${command}`;
}
