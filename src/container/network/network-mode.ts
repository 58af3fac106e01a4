import { didYouMean, KasaneError } from "../../lib/mod.ts";
import type { LocalStore } from "../../store/mod.ts";
import { findNetwork, listNetworks } from "./networks.ts";

/** `host`, `none`, `private`, `container:ID`, or the name of a network. */
export type NetworkMode = string;

/** Other programs' words for a network of the container's own that reaches out. */
const privateWords = ["private", "bridge", "default", "slirp4netns", "pasta", "nat"];

/** Absent: private. @throws KasaneError `not-found` */
export function parseNetworkMode(store: Pick<LocalStore, "root">, text: string | undefined): NetworkMode {
  if (text === undefined) return "private";
  if (text === "host" || text === "none") return text;
  if (privateWords.includes(text.split(":")[0]!)) return "private";
  if (/^container:./.test(text)) return text;
  const network = findNetwork(store, text);
  if (network !== undefined) return network.name;
  const names = ["private", "host", "none", "bridge", ...listNetworks(store).map(({ name }) => name)];
  throw new KasaneError("not-found", `network ${text} not found`, {
    hint:
      didYouMean(text, names) ??
      "private (a network of its own), host, none, container:NAME, or one of 'kasane network ls'",
    data: { exitCode: 125 },
  });
}
