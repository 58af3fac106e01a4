import type { Command } from "../command.ts";
import { copyFlags, runCopy } from "./copy-command.ts";

export default {
  name: "copy",
  summary: "Copy files into a working container",
  usage: "[OPTIONS] CONTAINER SOURCE [SOURCE...] [DESTINATION]",
  description:
    "As COPY does; a SOURCE may be an address, too. Without DESTINATION (or with one that is no absolute path) the container's working directory is meant. Prints the digest of what was copied.",
  examples: [
    { call: "copy build ./app /srv/app", what: "what is in a directory" },
    { call: "copy --chown app:app --chmod 640 build config.yml /etc/app/", what: "with owner and mode" },
    { call: "copy --from golang:1.23 build /usr/local/go /usr/local/go", what: "out of an image" },
  ],
  flags: copyFlags,
  arguments: { min: 2 },
  wrongCallCode: 125,
  needsPrivilege: true,
  run: (context) => runCopy(context, { unpack: false }),
} satisfies Command;
