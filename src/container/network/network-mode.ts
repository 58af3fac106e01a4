import { KasaneError } from "../../lib/mod.ts";

/** `host`, `none`, `private`, `container:ID`. */
export type NetworkMode = string;

/** Other programs' words for a network of the container's own that reaches out. */
const privateWords = ["private", "bridge", "default", "slirp4netns", "pasta", "nat"];

/** Absent: private. @throws KasaneError `usage` */
export function parseNetworkMode(text: string | undefined): NetworkMode {
  if (text === undefined) return "private";
  if (text === "host" || text === "none") return text;
  if (privateWords.includes(text.split(":")[0]!)) return "private";
  if (/^container:./.test(text)) return text;
  throw new KasaneError("usage", `network ${text} not found`, {
    hint: "private (a network of its own), host, none or container:NAME",
    data: { exitCode: 125 },
  });
}
