import type { Descriptor, RawManifest } from "../../oci/mod.ts";
import type { Command } from "../command.ts";
import { allPlaces } from "../manifests/manifest-flags.ts";
import { insecureFlag, registryFlags } from "../registries/connect.ts";

export default {
  name: "manifest inspect",
  summary: "Show the manifest of an image, or a manifest list",
  usage: "[OPTIONS] [LIST] IMAGE",
  description:
    "A list of this store, else what the registry has under the name, else the image of this store. With LIST, the image as the list names it.",
  examples: [
    { call: "manifest inspect nginx:alpine", what: "the platforms of an image, without pulling it" },
    { call: "manifest inspect -v app:v1", what: "with each image's own manifest" },
    { call: "manifest inspect app:v1 app:arm64", what: "one image of a list" },
  ],
  flags: [
    {
      name: "verbose",
      short: "v",
      type: "boolean",
      help: "With the descriptors, and the manifests of a list's images",
    },
    insecureFlag,
    ...registryFlags,
  ],
  arguments: { min: 1, max: 2 },
  onlyReads: true,
  async run(context) {
    const { flags, terminal } = context;
    const { describeEntries, describeImage, findEntry, getManifestList, locateImage } = await import(
      "../../sync/mod.ts"
    );
    const places = await allPlaces(context);
    const verbose = flags.boolean("verbose");
    const [first, second] = flags.arguments;
    if (second !== undefined) {
      const list = await getManifestList(places.store!, first!);
      const entry = await findEntry(list, second, places);
      const [described] = await describeEntries(list, [entry], places);
      terminal.out(verbose ? `${docker(described)}\n` : `${indented(described!.raw, "\t")}\n`);
      return 0;
    }
    const image = await locateImage(first!, places);
    if (!verbose) {
      terminal.out(`${indented(image.raw, image.manifest.kind === "index" ? "   " : "\t")}\n`);
    } else if (image.manifest.kind === "index") {
      const list = await describeImage(image, first!, places);
      terminal.out(`${JSON.stringify(list.map(shape), undefined, "\t")}\n`);
    } else {
      const [described] = await describeImage(image, first!, places);
      terminal.out(`${docker(described)}\n`);
    }
    return 0;
  },
} satisfies Command;

interface Described {
  readonly ref: string;
  readonly descriptor: Descriptor;
  readonly raw: RawManifest;
}

function docker(described: Described | undefined): string {
  return JSON.stringify(shape(described!), undefined, "\t");
}

/** The shape that `docker manifest inspect -v` prints. */
function shape({ ref, descriptor, raw }: Described): object {
  const { mediaType, digest, size, platform, annotations } = descriptor;
  const kind = raw.mediaType.startsWith("application/vnd.docker.") ? "SchemaV2Manifest" : "OCIManifest";
  return {
    Ref: ref,
    Descriptor: {
      mediaType,
      digest,
      size,
      ...(annotations && { annotations }),
      ...(platform && { platform }),
    },
    Raw: Buffer.from(raw.bytes).toString("base64"),
    [kind]: JSON.parse(new TextDecoder().decode(raw.bytes)),
  };
}

/** Everything that stands in the bytes, in their order. */
function indented(raw: RawManifest, indent: string): string {
  return JSON.stringify(JSON.parse(new TextDecoder().decode(raw.bytes)), undefined, indent);
}
