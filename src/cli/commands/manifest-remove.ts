import type { Command } from "../command.ts";
import { allPlaces } from "../manifests/manifest-flags.ts";
import { insecureFlag, registryFlags } from "../registries/connect.ts";

export default {
  name: "manifest remove",
  summary: "Take an image out of a manifest list",
  usage: "[OPTIONS] LIST IMAGE",
  description: "IMAGE is the name under which the image was added, or its digest. The image itself stays.",
  examples: [
    { call: "manifest remove app:v1 app:riscv64", what: "the list is for one platform less" },
    {
      call: "manifest remove app:v1 localhost:5000/app:arm64",
      what: "an image that was added from a registry",
    },
  ],
  flags: [insecureFlag, ...registryFlags],
  arguments: { min: 2, max: 2 },
  async run(context) {
    const { flags, terminal } = context;
    const [name, image] = flags.arguments;
    const { changeManifestList, findEntry } = await import("../../sync/mod.ts");
    const places = await allPlaces(context);
    const list = await changeManifestList(places.store!, name!, async (before) => {
      const entry = await findEntry(before, image!, places);
      return { ...before, children: before.children.filter((child) => child !== entry) };
    });
    terminal.out(`${list.raw.digest}\n`);
    return 0;
  },
} satisfies Command;
