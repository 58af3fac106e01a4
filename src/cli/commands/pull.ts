import {
  familiarName,
  familiarReference,
  formatReference,
  parsePlatform,
  parseReference,
  type Reference,
  withDefaultTag,
} from "../../oci/mod.ts";
import type { Command } from "../command.ts";
import { registryClients, registryFlags, tagWithAllTags } from "../registries/connect.ts";
import { transferProgress } from "../registries/transfer-progress.ts";

export default {
  name: "pull",
  summary: "Download an image from a registry",
  usage: "[OPTIONS] NAME[:TAG|@DIGEST]",
  description:
    "Layers that are here already are not downloaded; an interrupted pull goes on where it stopped.",
  examples: [
    { call: "pull nginx:1.27", what: "from Docker Hub" },
    { call: "pull --platform linux/arm64 nginx:alpine", what: "for another platform" },
    { call: "pull localhost:5000/my-app:v1", what: "from a registry on this machine" },
    { call: "pull -a localhost:5000/my-app", what: "every tag of a repository" },
    { call: "pull --referrers localhost:5000/my-app:v1", what: "with what is attached to it" },
  ],
  flags: [
    { name: "all-tags", short: "a", type: "boolean", help: "Every tag of the repository" },
    {
      name: "platform",
      type: "string",
      value: "OS/ARCH",
      help: "Platform of a multi-platform image, or 'all'",
    },
    { name: "quiet", short: "q", type: "boolean", help: "Print only the image's name" },
    {
      name: "referrers",
      type: "boolean",
      help: "Also bring signatures, SBOMs and other artifacts that are attached to the images",
    },
    ...registryFlags,
  ],
  arguments: { min: 1, max: 1 },
  async run({ flags, terminal, store, signal }) {
    const { pullImage } = await import("../../sync/mod.ts");
    const typed = parseReference(flags.arguments[0]!);
    const quiet = flags.boolean("quiet");
    let progress = transferProgress(terminal, { quiet });
    const clients = await registryClients(flags, { onWait: (...told) => progress.onWait(...told) });
    const client = clients(typed.host);
    const local = await store();
    const platformText = flags.string("platform");
    const platform =
      platformText === undefined || platformText === "all" ? platformText : parsePlatform(platformText);
    const isAllTags = flags.boolean("all-tags");
    if (isAllTags && (typed.tag || typed.digest)) throw tagWithAllTags();
    const references: Reference[] = [];
    if (isAllTags) {
      for await (const tag of client.listTags(typed.repository, { signal })) {
        // Read like any other name: what the registry calls a tag becomes part of a URL and of a name in the store.
        references.push(parseReference(`${typed.host}/${typed.repository}:${tag}`));
      }
    } else {
      if (!quiet && !typed.tag && !typed.digest) terminal.out("Using default tag: latest\n");
      references.push(withDefaultTag(typed));
    }
    const say = (line: string) => {
      if (!quiet) terminal.out(`${line}\n`);
    };
    const familiarOf = (reference: Reference) =>
      reference.digest ? `${familiarName(reference)}@${reference.digest}` : familiarReference(reference);
    const idOf = (reference: Reference) => (reference.digest ? familiarOf(reference) : reference.tag);
    let isNewer = false;
    for (const reference of references) {
      progress = transferProgress(terminal, { quiet });
      const result = await pullImage(local, client, reference, {
        ...(platform && { platform }),
        onFound: () => say(`${idOf(reference)}: Pulling from ${reference.repository}`),
        progress: progress.listener,
        withReferrers: flags.boolean("referrers"),
        signal,
      });
      progress.end();
      isNewer ||= result.isNewer;
      say(`Digest: ${result.remoteDigest}`);
      for (const { digest, artifactType } of result.referrers)
        say(`Attached: ${digest}${artifactType === undefined ? "" : ` ${artifactType}`}`);
    }
    const [pulled] = isAllTags ? [typed] : references;
    say(`Status: ${isNewer ? "Downloaded newer image" : "Image is up to date"} for ${familiarOf(pulled!)}`);
    terminal.out(`${formatReference(pulled!)}\n`);
    return 0;
  },
} satisfies Command;
