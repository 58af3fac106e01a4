import { KasaneError } from "../../lib/errors.ts";
import { formatReference, parseReference, withDefaultTag } from "../../oci/reference.ts";
import type { Command } from "../command.ts";

export default {
  name: "tag",
  summary: "Give an image another name",
  usage: "SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]",
  examples: [
    { call: "tag my-app:latest my-app:v1.0.0", what: "a version tag beside latest" },
    { call: "tag my-app:v1.0.0 localhost:5000/my-app:v1.0.0", what: "the name it will be pushed under" },
  ],
  flags: [],
  arguments: { min: 2 },
  async run({ flags, store }) {
    const [source, ...targets] = flags.arguments;
    const names = targets.map((target) => {
      const reference = parseReference(target);
      if (reference.digest) {
        throw new KasaneError("usage", "refusing to create a tag with a digest reference", {
          hint: `leave out @${reference.digest}: an image has its digest already`,
          data: { exitCode: 1 },
        });
      }
      return formatReference(withDefaultTag(reference));
    });
    await (await store()).tag(source!, names);
    return 0;
  },
} satisfies Command;
