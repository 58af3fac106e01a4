import { parseReference, withDefaultTag } from "../../oci/mod.ts";
import type { Command } from "../command.ts";
import { usage } from "../flags.ts";
import { registryClients, registryFlags } from "../registries/connect.ts";

const name = "buildx imagetools inspect";

export default {
  name,
  summary: "Show what a registry has under a name",
  usage: "[OPTIONS] NAME",
  examples: [
    { call: "buildx imagetools inspect nginx:alpine", what: "digest, media type, and every platform" },
    { call: "buildx imagetools inspect --raw nginx:alpine", what: "the manifest byte for byte" },
    { call: "buildx imagetools inspect --format '{{json .Image}}' nginx:alpine", what: "the configurations" },
  ],
  flags: [
    {
      name: "format",
      type: "string",
      value: "TEMPLATE",
      help: "json, or a Go template over .Name, .Manifest and .Image",
    },
    { name: "raw", type: "boolean", help: "The manifest as it is, byte for byte" },
    { name: "builder", type: "string", value: "NAME", help: "Accepted for buildx", hidden: true },
    ...registryFlags,
  ],
  arguments: { min: 1, max: 1 },
  async run({ flags, terminal, signal }) {
    const format = flags.string("format");
    if (format !== undefined && flags.boolean("raw")) {
      throw usage("--format and --raw cannot be used together", name);
    }
    const { locateImage } = await import("../../sync/mod.ts");
    const typed = flags.arguments[0]!;
    const image = await locateImage(typed, { client: await registryClients(flags), signal });
    if (flags.boolean("raw")) {
      await terminal.outBytes(image.raw.bytes);
      return 0;
    }
    const { imageDetails, imageText } = await import("../images/image-details.ts");
    if (format === undefined || /^\{\{\s*\.Manifest\s*\}\}$/.test(format.trim())) {
      terminal.out(imageText(image, withDefaultTag(parseReference(typed))));
      return 0;
    }
    const { formatObject } = await import("../format/object-format.ts");
    const { detailsType } = await import("../manifests/imagetools-types.ts");
    const { details, isMany } = await imageDetails(image, typed);
    const type = detailsType({ isIndex: image.manifest.kind === "index", isMany });
    terminal.out(`${formatObject(format, details, type)}\n`);
    return 0;
  },
} satisfies Command;
