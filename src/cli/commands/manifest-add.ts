import type { Command } from "../command.ts";
import { allFlag, allPlaces, changedEntry, entryFlags } from "../manifests/manifest-flags.ts";
import { insecureFlag, registryFlags } from "../registries/connect.ts";

export default {
  name: "manifest add",
  summary: "Add images to a manifest list",
  usage: "[OPTIONS] LIST IMAGE [IMAGE...]",
  examples: [
    { call: "manifest add app:v1 app:riscv64", what: "with the platform that the image says" },
    { call: "manifest add --arch arm --variant v6 app:v1 app:pi", what: "with another one" },
  ],
  flags: [...entryFlags, allFlag, insecureFlag, ...registryFlags],
  arguments: { min: 2 },
  async run(context) {
    const { flags, terminal } = context;
    const [name, ...images] = flags.arguments;
    const { changeManifestList, collectEntries, getManifestList, joined } = await import("../../sync/mod.ts");
    const places = await allPlaces(context);
    await getManifestList(places.store!, name!);
    const { hostPlatform } = await import("../../oci/mod.ts");
    const platform = flags.maybeBoolean("all") === false ? hostPlatform() : undefined;
    const found = await collectEntries(images, places, { platform });
    const children = found.children.map((child) => changedEntry(child, flags, "manifest add"));
    const list = await changeManifestList(places.store!, name!, (before) =>
      joined(before, { ...found, children, annotations: {} }),
    );
    terminal.out(`${list.raw.digest}\n`);
    return 0;
  },
} satisfies Command;
