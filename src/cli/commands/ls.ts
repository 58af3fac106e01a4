import type { ImageTree, TreeNode } from "../../layer/mod.ts";
import type { ImageView } from "../../look/mod.ts";
import type { Command, CommandContext } from "../command.ts";
import { type ListingStyle, writeListing } from "../images/file-listing.ts";
import { jsonFlag, viewFlags, withImages } from "../images/image-viewing.ts";

export default {
  name: "ls",
  summary: "List files in an image",
  usage: "[OPTIONS] IMAGE[:/PATH]",
  description:
    "IMAGE is a name or ID of the store, else a name in a registry; docker://NAME is always the registry's, and oci:DIR[:REF], oci-archive:FILE[:REF] and docker-archive:FILE[:REF] are read where they are. Nothing is unpacked, and of a remote image only what is needed is fetched.",
  examples: [
    { call: "ls my-app", what: "the root directory of an image" },
    {
      call: "ls -l nginx:alpine:/etc/nginx",
      what: "a directory, with attributes; of a registry's image where it is not here",
    },
    { call: "ls -R --layers my-app:/srv", what: "everything below, and which layer brought it" },
    { call: "ls --json docker://localhost:5000/my-app:/", what: "of the registry's image, as JSON" },
  ],
  flags: [
    { name: "long", short: "l", type: "boolean", help: "Mode, owner, size, time and link target" },
    { name: "recursive", short: "R", type: "boolean", help: "Everything below as well" },
    { name: "all", short: "a", type: "boolean", help: "Names that begin with a dot as well" },
    { name: "directory", short: "d", type: "boolean", help: "The directory itself, not what is in it" },
    { name: "human-readable", short: "h", type: "boolean", help: "Sizes as 1.2kB, with -l" },
    {
      name: "layers",
      type: "boolean",
      help: "Which layer brought each file, and the instruction that made it",
    },
    jsonFlag,
    ...viewFlags,
  ],
  arguments: { min: 1, max: 1 },
  onlyReads: true,
  async run(context) {
    const { splitImagePath } = await import("../../look/mod.ts");
    const { image: name, path = "/" } = splitImagePath(context.flags.arguments[0]!);
    return withImages(context, { needsContents: false }, async (viewer) => {
      await list(context, await viewer.open(name), path);
      return 0;
    });
  },
} satisfies Command;

async function list({ flags, terminal }: CommandContext, image: ImageView, path: string): Promise<void> {
  const { findFile, layerInstructions } = await import("../../look/mod.ts");
  const style: ListingStyle = {
    isLong: flags.boolean("long"),
    isHuman: flags.boolean("human-readable"),
    isJson: flags.boolean("json"),
    instructions: flags.boolean("layers") ? layerInstructions(image.config) : undefined,
  };
  // As ls(1): a symlink is followed unless its own attributes are asked for.
  const itself = flags.boolean("directory");
  const followLast = path.endsWith("/") || !(style.isLong || itself);
  const node = await findFile(image, path, { followLast });
  if (itself || node.entry.type !== "directory") {
    writeListing(terminal, [{ files: [{ name: path, node }] }], style);
    return;
  }
  const tree = await image.tree();
  const groups = directories(tree, node.entry.path, {
    isRecursive: flags.boolean("recursive"),
    showsHidden: flags.boolean("all"),
  });
  writeListing(terminal, groups, { ...style, tree });
}

/** One group for each directory: ls -R. */
function* directories(
  tree: ImageTree,
  start: string,
  options: { isRecursive: boolean; showsHidden: boolean },
): Generator<{ heading?: string; files: { name: string; node: TreeNode }[] }> {
  const pending = [start];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const files = tree
      .children(path)
      .map((node) => ({ name: node.entry.path.slice(node.entry.path.lastIndexOf("/") + 1), node }))
      .filter(({ name }) => options.showsHidden || !name.startsWith("."));
    yield options.isRecursive ? { heading: `/${path}`, files } : { files };
    if (!options.isRecursive) return;
    for (const { node } of files.toReversed()) {
      if (node.entry.type === "directory") pending.push(node.entry.path);
    }
  }
}
