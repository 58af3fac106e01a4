import type { Command } from "../command.ts";
import { allFlag, allPlaces, keyValues } from "../manifests/manifest-flags.ts";
import { insecureFlag, registryFlags } from "../registries/connect.ts";

export default {
  name: "manifest create",
  summary: "Put images for several platforms together under one name",
  usage: "[OPTIONS] LIST [IMAGE...]",
  description:
    "Images are those of this store and of any registry, and lists of images, whose images are taken one by one. No layers are downloaded, and the images stay byte for byte what they are. The list is an image of this store until `kasane manifest push` puts it into a registry.",
  examples: [
    {
      call: "manifest create localhost:5000/app:v1 localhost:5000/app:v1-amd64 localhost:5000/app:v1-arm64",
      what: "one name for two images in a registry",
    },
    { call: "manifest create app:v1 app:amd64 app:arm64", what: "of images that were built here" },
    { call: "manifest create --amend app:v1 app:riscv64", what: "add one more" },
    { call: "manifest create app:v2", what: "an empty list, for `kasane manifest add`" },
  ],
  flags: [
    { name: "amend", short: "a", type: "boolean", help: "Add to a list that exists" },
    { name: "annotation", type: "strings", value: "KEY=VALUE", help: "Annotation of the list" },
    allFlag,
    insecureFlag,
    ...registryFlags,
  ],
  arguments: { min: 1 },
  async run(context) {
    const { flags, terminal } = context;
    const [name, ...images] = flags.arguments;
    const { collectEntries, createManifestList, listName } = await import("../../sync/mod.ts");
    listName(name!);
    const annotations = keyValues(flags.strings("annotation"), "manifest create");
    const places = await allPlaces(context);
    const { hostPlatform } = await import("../../oci/mod.ts");
    const platform = flags.maybeBoolean("all") === false ? hostPlatform() : undefined;
    const found = await collectEntries(images, places, { platform });
    const list = await createManifestList(
      places.store!,
      name!,
      { ...found, annotations },
      { isAmending: flags.boolean("amend") },
    );
    terminal.out(`Created manifest list ${list.name}\n`);
    return 0;
  },
} satisfies Command;
