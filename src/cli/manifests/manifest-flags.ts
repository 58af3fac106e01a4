import type { Annotations, Descriptor, Platform } from "../../oci/mod.ts";
import type { ImagePlaces } from "../../sync/mod.ts";
import type { CommandContext } from "../command.ts";
import { type Flag, type ParsedFlags, usage } from "../flags.ts";
import { registryClients } from "../registries/connect.ts";

/** What a list says of one of its images. */
export const entryFlags: readonly Flag[] = [
  { name: "os", type: "string", value: "OS", help: "Operating system of the image" },
  { name: "arch", type: "string", value: "ARCH", help: "Architecture of the image" },
  { name: "variant", type: "string", value: "VARIANT", help: "Variant of the architecture" },
  { name: "os-version", type: "string", value: "VERSION", help: "Version of the operating system" },
  {
    name: "os-features",
    type: "strings",
    value: "FEATURE",
    help: "What it needs of the operating system",
  },
  { name: "annotation", type: "strings", value: "KEY=VALUE", help: "Annotation of the image in the list" },
];

/** Podman's `--all`, which is how it is anyway. */
export const allFlag: Flag = {
  name: "all",
  type: "boolean",
  help: "Of images for several platforms take all (the default); with --all=false only this machine's",
};

/** An entry as the flags of entryFlags change it. @throws KasaneError `usage` */
export function changedEntry(entry: Descriptor, flags: ParsedFlags, command: string): Descriptor {
  const { platform, annotations, ...rest } = entry;
  const variant = flags.string("variant") ?? platform?.variant;
  const version = flags.string("os-version") ?? platform?.["os.version"];
  const features = [
    ...new Set([
      ...(platform?.["os.features"] ?? []),
      ...flags.strings("os-features").flatMap((text) => text.split(",")),
    ]),
  ];
  const changed: Platform = {
    architecture: flags.string("arch") ?? platform?.architecture ?? "",
    os: flags.string("os") ?? platform?.os ?? "",
    ...(variant && { variant }),
    ...(version && { "os.version": version }),
    ...(features.length > 0 && { "os.features": features }),
  };
  const isSaid = changed.architecture !== "" || changed.os !== "";
  if (isSaid && (changed.architecture === "" || changed.os === "")) {
    throw usage("an entry needs both an operating system and an architecture: --os and --arch", command);
  }
  const added = { ...annotations, ...keyValues(flags.strings("annotation"), command) };
  return {
    ...rest,
    ...(isSaid && { platform: changed }),
    ...(Object.keys(added).length > 0 && { annotations: added }),
  };
}

/** `KEY=VALUE`, once or often. @throws KasaneError `usage` */
export function keyValues(texts: readonly string[], command: string): Annotations {
  return Object.fromEntries(
    texts.map((text) => {
      const equals = text.indexOf("=");
      if (equals < 1) throw usage(`${JSON.stringify(text)} is not KEY=VALUE`, command);
      return [text.slice(0, equals), text.slice(equals + 1)];
    }),
  );
}

/** The store and every registry. */
export async function allPlaces({ flags, store, signal }: CommandContext): Promise<ImagePlaces> {
  return { store: await store(), client: await registryClients(flags), signal };
}
