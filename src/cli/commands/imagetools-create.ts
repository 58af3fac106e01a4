import { formatReference, parsePlatform, type Reference } from "../../oci/mod.ts";
import type { Command, CommandContext } from "../command.ts";
import { usage } from "../flags.ts";
import { readAnnotationFlags } from "../manifests/imagetools-annotations.ts";
import { readSources, targetsOf } from "../manifests/imagetools-sources.ts";
import { tell } from "../messages/tell.ts";
import { registryClients, registryFlags } from "../registries/connect.ts";
import { writeFileAtomically } from "../write-file.ts";

const name = "buildx imagetools create";

export default {
  name,
  summary: "Make an image for several platforms in a registry",
  usage: "[OPTIONS] [SOURCE...]",
  description:
    "Sources are names in registries, digests, and descriptors as JSON. Images stay byte for byte what they are; layers are mounted or copied from registry to registry, and not stored here.",
  examples: [
    {
      call: "buildx imagetools create -t localhost:5000/app:v1 localhost:5000/app:amd64 localhost:5000/app:arm64",
      what: "one name for two images",
    },
    {
      call: "buildx imagetools create -t localhost:5000/app:v1 --append localhost:5000/app:riscv64",
      what: "add a platform to an image",
    },
    {
      call: "buildx imagetools create -t localhost:5000/nginx:1 docker.io/library/nginx:1",
      what: "copy an image with all its platforms",
    },
    {
      call: "buildx imagetools create --dry-run -p linux/amd64 -p linux/arm64 docker.io/library/nginx:1",
      what: "see what it would be with two platforms only",
    },
  ],
  flags: [
    {
      name: "tag",
      short: "t",
      type: "strings",
      value: "NAME",
      help: "Name of the new image; can be given several times",
    },
    {
      name: "annotation",
      type: "strings",
      value: "[TYPE:]KEY=VALUE",
      help: "Annotation of the index, or with manifest-descriptor[OS/ARCH]: of images in it",
    },
    { name: "append", type: "boolean", help: "Keep what the first name has already" },
    { name: "dry-run", type: "boolean", help: "Print what would be pushed, and push nothing" },
    { name: "file", short: "f", type: "strings", value: "FILE", help: "Read a source from a file" },
    {
      name: "metadata-file",
      type: "string",
      value: "FILE",
      help: "Write the descriptor of the result to a file",
    },
    {
      name: "platform",
      short: "p",
      type: "strings",
      value: "OS/ARCH",
      help: "Take only this platform; can be given several times",
    },
    {
      name: "prefer-index",
      type: "boolean",
      help: "Put a single image into an index (default true); with =false copy it as it is",
    },
    { name: "progress", type: "string", value: "MODE", help: "auto, plain, tty, quiet or none" },
    { name: "builder", type: "string", value: "NAME", help: "Accepted for buildx", hidden: true },
    ...registryFlags,
  ],
  arguments: { min: 0 },
  async run(context) {
    const { flags, terminal, signal } = context;
    const say = progressOf(context);
    const targets = targetsOf(flags.strings("tag"));
    if (targets.length === 0 && !flags.boolean("dry-run")) {
      throw usage("there is nowhere to push to: set --tag, or --dry-run", name);
    }
    const platforms = flags
      .strings("platform")
      .flatMap((text) => text.split(","))
      .map(parsePlatform);
    const annotations = readAnnotationFlags(flags.strings("annotation"), name);
    const { createIndex, pushIndex, tagIndex } = await import("../../sync/mod.ts");
    const places = { client: await registryClients(flags), signal };
    const sources = await readSources(flags, targets, places);
    const { raw, origins } = await createIndex(sources, {
      ...annotations,
      platforms,
      preferIndex: flags.maybeBoolean("prefer-index") ?? true,
    });
    if (flags.boolean("dry-run")) {
      terminal.out(`${new TextDecoder().decode(raw.bytes)}\n`);
      return 0;
    }
    const pushedTo = new Set<string>();
    for (const target of targets) {
      const repository = formatReference(withoutTag(target));
      say(`pushing ${raw.digest} to ${formatReference(target)}`);
      if (pushedTo.has(repository)) await tagIndex(raw, target, places);
      else {
        // The sources themselves are what is copied where one image is taken as it is.
        const from = raw.digest === sources[0]?.image.raw.digest ? sources[0].image.origin : undefined;
        await pushIndex(raw, target, {
          places,
          origins: from ? { ...origins, [raw.digest]: from } : origins,
          pushed: ({ digest }) => say(`copied ${digest} to ${repository}`),
        });
      }
      pushedTo.add(repository);
    }
    const file = flags.string("metadata-file");
    if (file !== undefined) await writeMetadata(file, raw, [...pushedTo].toSorted());
    return 0;
  },
} satisfies Command;

function withoutTag({ host, repository }: Reference): Reference {
  return { host, repository };
}

function progressOf({ flags, terminal }: CommandContext): (text: string) => void {
  const mode = flags.string("progress") ?? "auto";
  if (!["auto", "plain", "tty", "quiet", "none"].includes(mode)) {
    throw usage(`unknown progress ${JSON.stringify(mode)}: auto, plain, tty, quiet or none`, name);
  }
  if (mode === "quiet" || mode === "none") return () => {};
  return (text) => tell(terminal, text);
}

async function writeMetadata(
  file: string,
  raw: { mediaType: string; digest: string; bytes: Uint8Array },
  repositories: readonly string[],
): Promise<void> {
  const descriptor = { mediaType: raw.mediaType, digest: raw.digest, size: raw.bytes.length };
  const facts = {
    "containerimage.descriptor": descriptor,
    "image.name": repositories.join(","),
  };
  await writeFileAtomically(file, [new TextEncoder().encode(JSON.stringify(facts, undefined, 2))]);
}
