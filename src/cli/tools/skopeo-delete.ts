import { KasaneError } from "../../lib/mod.ts";
import type { Command } from "../command.ts";
import { skopeoFlags } from "./skopeo-flags.ts";

export default {
  name: "skopeo delete",
  summary: "Delete an image from a registry",
  usage: "[OPTIONS] docker://NAME[:TAG|@DIGEST]",
  description: "The manifest goes, and with it every tag that it has.",
  examples: [
    { call: "skopeo delete docker://localhost:5000/my-app:v1", what: "an image by its tag" },
    { call: "skopeo delete --tls-verify=false docker://localhost:5000/my-app:v1", what: "over plain HTTP" },
  ],
  flags: skopeoFlags,
  arguments: { min: 1, max: 1 },
  async run({ flags, signal }) {
    const [{ parseSkopeoPlace }, { registryClients }] = await Promise.all([
      import("./skopeo-place.ts"),
      import("../registries/connect.ts"),
    ]);
    const place = parseSkopeoPlace(flags.arguments[0]!);
    if (place.kind !== "registry") {
      throw new KasaneError("usage", "only images in a registry can be deleted so", {
        hint: "write docker://NAME; files and directories are removed with rm",
      });
    }
    const { host, repository, tag, digest } = place.reference;
    const client = (await registryClients(flags))(host);
    const found = digest ?? (await client.headManifest(repository, tag!, { signal }))?.digest;
    if (found === undefined || !(await client.deleteManifest(repository, found, { signal }))) {
      throw new KasaneError(
        "not-found",
        `${host} has no image ${repository}${digest ? `@${digest}` : `:${tag}`}`,
        {
          hint: `'kasane skopeo list-tags docker://${host}/${repository}' shows what there is`,
        },
      );
    }
    return 0;
  },
} satisfies Command;
