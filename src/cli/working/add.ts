import type { Command } from "../command.ts";
import { copyFlags, runCopy } from "./copy-command.ts";

export default {
  name: "add",
  summary: "Copy files into a working container, and unpack archives there",
  usage: "[OPTIONS] CONTAINER SOURCE [SOURCE...] [DESTINATION]",
  description:
    "As ADD does: a local tar, compressed or not, is unpacked; what an address gives is not. Otherwise as copy.",
  examples: [
    { call: "add build rootfs.tar.xz /", what: "unpack an archive" },
    { call: "add build https://example.com/tool /usr/local/bin/", what: "download a file" },
  ],
  flags: copyFlags,
  arguments: { min: 2 },
  wrongCallCode: 125,
  needsPrivilege: true,
  run: (context) => runCopy(context, { unpack: true }),
} satisfies Command;
