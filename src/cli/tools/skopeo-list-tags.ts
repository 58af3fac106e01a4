import type { Command } from "../command.ts";
import { goJson } from "../text/go-json.ts";
import { skopeoFlags } from "./skopeo-flags.ts";

export default {
  name: "skopeo list-tags",
  summary: "List the tags of a repository in a registry",
  usage: "[OPTIONS] docker://REPOSITORY|docker-archive:FILE",
  examples: [
    { call: "skopeo list-tags docker://localhost:5000/my-app", what: "as JSON" },
    { call: "skopeo list-tags docker-archive:my-app.tar", what: "the names in an archive" },
  ],
  flags: skopeoFlags,
  arguments: { min: 1, max: 1 },
  async run({ flags, terminal, signal }) {
    const text = flags.arguments[0]!;
    const { parseSkopeoPlace } = await import("./skopeo-place.ts");
    const place = parseSkopeoPlace(text);
    if (place.kind === "files") {
      const { openArchive } = await import("../../image/mod.ts");
      const { tmpdir } = await import("node:os");
      await using archive = await openArchive(place.path, { tempDir: tmpdir() });
      terminal.out(`${goJson({ Tags: archive.images.flatMap(({ names }) => names) }, 4)}\n`);
      return 0;
    }
    const { host, repository, digest } = place.reference;
    const last = text.slice(text.lastIndexOf("/") + 1);
    if (digest !== undefined || last.includes(":")) {
      const { KasaneError } = await import("../../lib/mod.ts");
      throw new KasaneError("usage", `${text} names one image; tags are those of a repository`, {
        hint: "leave tag and digest out",
      });
    }
    const { registryClients } = await import("../registries/connect.ts");
    const client = (await registryClients(flags))(host);
    const tags = await Array.fromAsync(client.listTags(repository, { signal }));
    terminal.out(`${goJson({ Repository: `${host}/${repository}`, Tags: tags }, 4)}\n`);
    return 0;
  },
} satisfies Command;
