import type { Command } from "../command.ts";
import { allPlaces, changedEntry, entryFlags } from "../manifests/manifest-flags.ts";
import { insecureFlag, registryFlags } from "../registries/connect.ts";

export default {
  name: "manifest annotate",
  summary: "Say more about an image in a manifest list",
  usage: "[OPTIONS] LIST IMAGE",
  description: "IMAGE is the name under which the image was added, or its digest.",
  examples: [
    { call: "manifest annotate app:v1 app:pi --arch arm --variant v6", what: "another platform" },
    {
      call: "manifest annotate app:v1 app:amd64 --annotation com.example.tested=yes",
      what: "an annotation of the entry",
    },
  ],
  flags: [...entryFlags, insecureFlag, ...registryFlags],
  arguments: { min: 2, max: 2 },
  async run(context) {
    const { flags } = context;
    const [name, image] = flags.arguments;
    const { changeManifestList, findEntry } = await import("../../sync/mod.ts");
    const places = await allPlaces(context);
    await changeManifestList(places.store!, name!, async (list) => {
      const entry = await findEntry(list, image!, places);
      const changed = changedEntry(entry, flags, "manifest annotate");
      return { ...list, children: list.children.map((child) => (child === entry ? changed : child)) };
    });
    return 0;
  },
} satisfies Command;
