import type { Command, CommandContext } from "../command.ts";
import { checkObjectFormat, formatObject } from "../format/object-format.ts";
import { objectFormatFlag } from "../format/object-format-flag.ts";
import { goJson } from "../text/go-json.ts";
import { skopeoFlags, skopeoPlatform } from "./skopeo-flags.ts";
import type { SkopeoPlace } from "./skopeo-place.ts";

export default {
  name: "skopeo inspect",
  summary: "Show an image of a registry, archive or directory as skopeo does",
  usage: "[OPTIONS] TRANSPORT:NAME",
  description:
    "Nothing is brought into the store. TRANSPORT:NAME is docker://NAME, docker-archive:FILE, oci-archive:FILE, oci:DIR or dir:DIR.",
  examples: [
    { call: "skopeo inspect docker://nginx:alpine", what: "digest, tags, layers, environment" },
    { call: "skopeo inspect --config oci:layout", what: "its configuration" },
    { call: "skopeo inspect --raw docker://nginx:alpine", what: "the manifest byte for byte" },
  ],
  flags: [
    objectFormatFlag,
    { name: "config", type: "boolean", help: "The image's configuration" },
    { name: "raw", type: "boolean", help: "Manifest or configuration as it is, byte for byte" },
    { name: "no-tags", short: "n", type: "boolean", help: "Do not list the repository's tags" },
    ...skopeoFlags,
  ],
  arguments: { min: 1, max: 1 },
  async run(context) {
    const { flags, terminal } = context;
    const format = flags.string("format") || undefined;
    checkObjectFormat(format);
    const [{ parseSkopeoPlace, withSkopeoImage }, { imageFrom }] = await Promise.all([
      import("./skopeo-place.ts"),
      import("../../image/mod.ts"),
    ]);
    const place = parseSkopeoPlace(flags.arguments[0]!);
    const [isRaw, isConfig] = [flags.boolean("raw"), flags.boolean("config")];
    const platform = skopeoPlatform(flags);
    const text = await withSkopeoImage(context, place, async (source) => {
      const root = await source.root();
      if (isRaw && !isConfig) return root.bytes;
      const image = await imageFrom(source, platform ? { platform } : {});
      if (isRaw) return image.configBytes;
      if (isConfig) return show(image.config, format);
      const { config, manifest } = image;
      return show(
        {
          ...(place.kind === "registry" && { Name: `${place.reference.host}/${place.reference.repository}` }),
          Digest: root.digest,
          RepoTags: flags.boolean("no-tags") ? [] : await tagsOf(context, place),
          Created: config.created ?? "0001-01-01T00:00:00Z",
          DockerVersion: typeof config.docker_version === "string" ? config.docker_version : "",
          Labels: config.config?.Labels ?? null,
          Architecture: config.architecture,
          Os: config.os,
          Layers: manifest.layers.map(({ digest }) => digest),
          LayersData: manifest.layers.map(({ mediaType, digest, size, annotations }) => ({
            MIMEType: mediaType,
            Digest: digest,
            Size: size,
            Annotations: annotations ?? null,
          })),
          Env: config.config?.Env ?? null,
        },
        format,
      );
    });
    if (typeof text === "string") terminal.out(text);
    else await terminal.outBytes(text);
    return 0;
  },
} satisfies Command;

function show(value: object, format: string | undefined): string {
  return `${format === undefined ? goJson(value, 4) : formatObject(format, value, "inspect.Output")}\n`;
}

async function tagsOf({ flags, signal }: CommandContext, place: SkopeoPlace): Promise<string[]> {
  if (place.kind !== "registry") return [];
  const { registryClients } = await import("../registries/connect.ts");
  const client = (await registryClients(flags))(place.reference.host);
  return Array.fromAsync(client.listTags(place.reference.repository, { signal }));
}
