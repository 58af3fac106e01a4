import { isKasaneError, KasaneError } from "../../lib/mod.ts";
import { familiarReference, parseReference } from "../../oci/mod.ts";
import type { LocalImage, LocalStore } from "../../store/mod.ts";
import type { Command } from "../command.ts";
import { formatError } from "../error-output.ts";
import { wantsJson } from "../format-flag.ts";
import { unpackedSize } from "../image-rows.ts";

export default {
  name: "inspect",
  summary: "Show everything about an image as JSON",
  usage: "[OPTIONS] NAME|ID [NAME|ID...]",
  examples: [
    { call: "inspect nginx:alpine", what: "configuration, layers, size" },
    { call: "inspect --platform linux/arm64 my-app", what: "one platform of a multi-platform image" },
  ],
  flags: [
    { name: "format", short: "f", type: "string", value: "json", help: "json prints it on one line" },
    { name: "platform", type: "string", value: "OS/ARCH", help: "The platform of a multi-platform image" },
    { name: "type", type: "string", value: "TYPE", help: "image or container" },
  ],
  arguments: { min: 1 },
  onlyReads: true,
  async run({ flags, terminal, store }) {
    const local = await store();
    const results: unknown[] = [];
    const errors: unknown[] = [];
    for (const name of flags.arguments) {
      try {
        results.push(await inspectAny(local, name, flags.string("type"), flags.string("platform")));
      } catch (error) {
        errors.push(error);
      }
    }
    const isLine = wantsJson(flags, "inspect");
    terminal.out(`${isLine ? JSON.stringify(results) : JSON.stringify(results, undefined, 4)}\n`);
    for (const error of errors) terminal.err(formatError(error));
    return errors.length > 0 ? 1 : 0;
  },
} satisfies Command;

async function inspectAny(
  store: LocalStore,
  name: string,
  type: string | undefined,
  platform: string | undefined,
): Promise<unknown> {
  if (type !== undefined && type !== "image" && type !== "container") {
    throw new KasaneError("usage", `"${type}" is not a type: image or container`);
  }
  if (type !== "image") {
    const { findContainer, inspectContainer } = await import("../../container/mod.ts");
    const container = await findContainer(store, name);
    if (container) return inspectContainer(store, container);
    if (type === "container")
      throw new KasaneError("not-found", `no such container: ${name}`, {
        hint: "'kasane ps -a' lists what there is",
      });
  }
  const { parsePlatform } = await import("../../oci/mod.ts");
  try {
    const image = await store.find(name, platform === undefined ? {} : { platform: parsePlatform(platform) });
    return inspectImage(store, image);
  } catch (error) {
    if (type === undefined && isKasaneError(error, "not-found")) {
      throw new KasaneError("not-found", `no such object: ${name}`, {
        ...(error.hint && { hint: error.hint }),
      });
    }
    throw error;
  }
}

/** The shape of docker's `image inspect`. */
async function inspectImage(store: LocalStore, image: LocalImage): Promise<Record<string, unknown>> {
  const { record, config, manifest } = image;
  const familiar = (name: string) => familiarReference(parseReference(name));
  const size = await unpackedSize(store, image);
  return {
    Id: image.id,
    RepoTags: record.names.map(familiar),
    RepoDigests: record.repoDigests.map(familiar),
    Parent: "",
    Comment: config.history?.at(-1)?.comment ?? "",
    Created: config.created ?? "",
    Author: config.author ?? "",
    Config: config.config ?? {},
    Architecture: config.architecture,
    ...(config.variant && { Variant: config.variant }),
    Os: config.os,
    Size: size,
    RootFS: { Type: "layers", Layers: config.rootfs.diff_ids },
    Metadata: {
      LastTagTime: new Date(record.taggedAtMs ?? record.storedAtMs).toISOString(),
      ...(record.builtAtMs !== undefined && { BuiltAt: new Date(record.builtAtMs).toISOString() }),
    },
    Descriptor: { mediaType: image.raw.mediaType, digest: image.raw.digest, size: image.raw.bytes.length },
    Layers: manifest.layers.map(({ mediaType, digest, size: bytes }) => ({ mediaType, digest, size: bytes })),
  };
}
