import { KasaneError } from "../../lib/mod.ts";
import { canonicalTag } from "../build/build-flags.ts";
import { buildProgress } from "../build/build-progress.ts";
import type { Command } from "../command.ts";

export default {
  name: "registry image",
  summary: "Make an image of the registry, from this program",
  usage: "[OPTIONS]",
  description:
    "The image takes the place of registry:2: it listens on port 5000, keeps everything in /var/lib/registry, and reads /etc/docker/registry/config.yml and REGISTRY_ variables. It has this program and the libraries that it needs, nothing else. Only the compiled program can do this: npm run build makes it.",
  examples: [
    { call: "registry image -t registry:2", what: "for everybody who runs registry:2 on this machine" },
    {
      call: "run -d -p 5000:5000 -v registry-data:/var/lib/registry --name registry registry:2",
      what: "and this runs it",
    },
  ],
  flags: [
    {
      name: "tag",
      short: "t",
      type: "strings",
      value: "NAME",
      help: "What to name it; kasane-registry when absent",
    },
    { name: "quiet", short: "q", type: "boolean", help: "Print the image ID only" },
  ],
  arguments: { min: 0, max: 0 },
  needsPrivilege: "where-possible",
  async run({ flags, store: opened, terminal, signal }) {
    const { isCompiled } = await import("../../sandbox/mod.ts");
    if (!isCompiled()) {
      throw new KasaneError("unsupported", "an image of the registry needs the compiled program", {
        hint: "npm run build, then dist/kasane registry image",
      });
    }
    const tags = flags.strings("tag").map(canonicalTag);
    const store = await opened();
    const { build } = await import("../../build/mod.ts");
    const { registryDockerfile, writeRegistryContext } = await import("../registries/registry-context.ts");
    const progress = await buildProgress(terminal, flags.boolean("quiet") ? "quiet" : "auto");
    const work = await store.workDirectory("registry-image");
    try {
      writeRegistryContext(work.path);
      const result = await build({
        store,
        context: { kind: "directory", path: work.path },
        dockerfile: { kind: "text", text: registryDockerfile },
        tags: tags.length > 0 ? tags : [canonicalTag("kasane-registry")],
        progress: progress.listener,
        signal,
      });
      progress.end({ result, names: [] });
      terminal.out(`${result.id}\n`);
    } catch (error) {
      progress.end();
      throw error;
    } finally {
      await work.dispose();
    }
    return 0;
  },
} satisfies Command;
