import { formatReference, parseReference, withDefaultTag } from "../../oci/mod.ts";
import type { Command } from "../command.ts";
import { allPlaces } from "../manifests/manifest-flags.ts";
import { insecureFlag, registryFlags } from "../registries/connect.ts";
import { onErr, transferProgress } from "../registries/transfer-progress.ts";
import { writeFileAtomically } from "../write-file.ts";

export default {
  name: "manifest push",
  summary: "Push a manifest list and its images to a registry",
  usage: "[OPTIONS] LIST [DESTINATION]",
  description:
    "Layers that are in another repository of the same registry are mounted from there; those of other registries pass through without being stored.",
  examples: [
    { call: "manifest push localhost:5000/app:v1", what: "under its own name" },
    { call: "manifest push app:v1 docker://quay.io/myorg/app:v1", what: "under another one" },
    { call: "manifest push --purge localhost:5000/app:v1", what: "and remove it from this store" },
  ],
  flags: [
    { name: "purge", short: "p", type: "boolean", help: "Remove the list from this store afterwards" },
    { name: "rm", type: "boolean", help: "The same as --purge", hidden: true },
    {
      name: "all",
      type: "boolean",
      help: "Push the images of the list as well (always done)",
      hidden: true,
    },
    { name: "quiet", short: "q", type: "boolean", help: "Print only the digest" },
    { name: "digestfile", type: "string", value: "FILE", help: "Write the digest to a file" },
    insecureFlag,
    ...registryFlags,
  ],
  arguments: { min: 1, max: 2 },
  async run(context) {
    const { flags, terminal } = context;
    const [name, destination] = flags.arguments;
    const { getManifestList, pushIndex, removeManifestList } = await import("../../sync/mod.ts");
    const places = await allPlaces(context);
    const list = await getManifestList(places.store!, name!);
    const target = withDefaultTag(parseReference((destination ?? name!).replace(/^docker:\/\//, "")));
    const quiet = flags.boolean("quiet");
    const progress = transferProgress(onErr(terminal), { quiet: quiet || !terminal.isErrTty });
    // Said when the lines of the layers are no longer drawn.
    const pushed: string[] = [];
    const repository = formatReference({ host: target.host, repository: target.repository });
    await pushIndex(list.raw, target, {
      places,
      origins: list.origins,
      progress: progress.listener,
      pushed: ({ digest }) => {
        if (!quiet) pushed.push(`Pushed ref ${repository}@${digest} with digest: ${digest}\n`);
      },
    });
    progress.end();
    for (const line of pushed) terminal.out(line);
    terminal.out(`${list.raw.digest}\n`);
    const file = flags.string("digestfile");
    if (file !== undefined) await writeFileAtomically(file, [new TextEncoder().encode(list.raw.digest)]);
    if (flags.boolean("purge") || flags.boolean("rm")) await removeManifestList(places.store!, list.name);
    return 0;
  },
} satisfies Command;
