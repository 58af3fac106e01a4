import { KasaneError } from "../../lib/mod.ts";
import { formatReference, parsePlatform, parseReference, withDefaultTag } from "../../oci/mod.ts";
import type { Command } from "../command.ts";
import { registryClients, registryFlags, tagWithAllTags } from "../registries/connect.ts";
import { transferProgress } from "../registries/transfer-progress.ts";

export default {
  name: "push",
  summary: "Upload an image to a registry",
  usage: "[OPTIONS] NAME[:TAG] [DESTINATION]",
  description:
    "The name says where to: tag the image with the registry's host first, or give a DESTINATION: another name, docker://NAME, docker-archive:FILE[:NAME], oci-archive:FILE, oci:DIR[:REF] or dir:DIR. Blobs the registry has are not sent.",
  examples: [
    { call: "push localhost:5000/my-app:v1", what: "to a registry on this machine" },
    { call: "push -a ghcr.io/myorg/my-app", what: "every local tag of a repository" },
    {
      call: "push my-app:v1 docker://localhost:5000/my-app:v1",
      what: "under another name, without a tag for it here",
    },
  ],
  flags: [
    { name: "all-tags", short: "a", type: "boolean", help: "Every local tag of the repository" },
    { name: "platform", type: "string", value: "OS/ARCH", help: "Only this platform's manifest" },
    { name: "quiet", short: "q", type: "boolean", help: "Print only the image's name" },
    ...registryFlags,
  ],
  arguments: { min: 1, max: 2 },
  async run(context) {
    const { flags, terminal, store, signal } = context;
    if (flags.arguments.length > 1) {
      const { pushTo } = await import("../working/push-to.ts");
      return pushTo(context, flags.arguments[0]!, flags.arguments[1]!);
    }
    const { findScatteredList, pushImage, pushIndex } = await import("../../sync/mod.ts");
    const typed = parseReference(flags.arguments[0]!);
    if (typed.digest)
      throw new KasaneError("usage", `cannot push ${flags.arguments[0]}: a digest names no tag to push to`, {
        hint: "push by a name with a tag: kasane push REPOSITORY:TAG",
      });
    const quiet = flags.boolean("quiet");
    const local = await store();
    const repository = `${typed.host}/${typed.repository}`;
    const allTags = flags.boolean("all-tags");
    if (allTags && typed.tag) throw tagWithAllTags();
    if (!quiet && !allTags && !typed.tag) terminal.out("Using default tag: latest\n");
    if (!quiet) terminal.out(`The push refers to repository [${repository}]\n`);
    const references = allTags
      ? (await local.meta.images.list())
          .flatMap((image) => image.names)
          .map((name) => parseReference(name))
          .filter((name) => name.host === typed.host && name.repository === typed.repository)
      : [withDefaultTag(typed)];
    if (references.length === 0) {
      throw new KasaneError("not-found", `an image does not exist locally with the name ${repository}`, {
        hint: `tag one first: kasane tag IMAGE ${flags.arguments[0]}`,
      });
    }
    let progress = transferProgress(terminal, { quiet });
    const clients = await registryClients(flags, { onWait: (...told) => progress.onWait(...told) });
    const client = clients(typed.host);
    const platform = flags.string("platform");
    for (const reference of references) {
      const name = formatReference(reference);
      const image = await local.meta.images.byName(name);
      if (!image) {
        const { nearHint } = await import("../../store/mod.ts");
        const missing: unknown = await local.find(name).catch((error) => error);
        throw new KasaneError("not-found", `an image does not exist locally with the name ${name}`, {
          hint: nearHint(missing) ?? `tag one first: kasane tag IMAGE ${flags.arguments[0]}`,
        });
      }
      progress = transferProgress(terminal, { quiet });
      const options = {
        ...(platform !== undefined && { platform: parsePlatform(platform) }),
        progress: progress.listener,
      };
      const list = await findScatteredList(local, name);
      let result: { digest: string; sizeBytes: number };
      if (list) {
        const places = { store: local, client: clients, signal };
        const raw = await pushIndex(list.raw, reference, { ...options, places, origins: list.origins });
        result = { digest: raw.digest, sizeBytes: raw.bytes.length };
      } else result = await pushImage(local, client, image.target, reference, { ...options, signal });
      progress.end();
      if (!quiet) terminal.out(`${reference.tag}: digest: ${result.digest} size: ${result.sizeBytes}\n`);
    }
    if (quiet) terminal.out(`${allTags ? repository : formatReference(references[0]!)}\n`);
    return 0;
  },
} satisfies Command;
