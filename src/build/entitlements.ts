import type { RunInstruction } from "../dockerfile/mod.ts";
import { closest, KasaneError } from "../lib/mod.ts";

/** What a step may have only where whoever builds has said so. */
export const entitlements = ["network.host", "security.insecure"] as const;
export type Entitlement = (typeof entitlements)[number];

/** @throws KasaneError `usage` */
export function parseEntitlement(text: string): Entitlement {
  const found = entitlements.find((each) => each === text);
  if (found) return found;
  const near = closest(text, entitlements);
  throw new KasaneError("usage", `there is nothing to allow by the name ${JSON.stringify(text)}`, {
    hint:
      near === undefined ? `it is one of ${[...entitlements, "device"].join(", ")}` : `did you mean ${near}?`,
  });
}

/**
 * What the flags of a RUN ask for.
 * @throws KasaneError `usage` for what was not allowed
 */
export function grantedPowers(
  { network, security }: RunInstruction,
  options: {
    readonly allow?: ReadonlySet<Entitlement> | undefined;
    readonly network?: "host" | "none" | undefined;
  },
): { network: "host" | "none"; isPrivileged: boolean } {
  const { allow = new Set() } = options;
  if (network === "host") requireAllowed(allow, "network.host", "--network=host");
  if (security === "insecure") requireAllowed(allow, "security.insecure", "--security=insecure");
  // What "default" means is the caller's to say; the network of this machine, unless he does.
  const asked = network === undefined || network === "default" ? (options.network ?? "host") : network;
  return { network: asked === "none" ? "none" : "host", isPrivileged: security === "insecure" };
}

function requireAllowed(allow: ReadonlySet<Entitlement>, entitlement: Entitlement, what: string): void {
  if (allow.has(entitlement)) return;
  throw new KasaneError("usage", `RUN ${what} is not allowed in this build`, {
    hint: `if you trust the Dockerfile, allow it: --allow ${entitlement}`,
  });
}
