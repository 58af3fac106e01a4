import { type RunInstruction, splitCsv } from "../dockerfile/mod.ts";
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
    hint: near === undefined ? `it is one of ${entitlements.join(", ")}` : `did you mean ${near}?`,
  });
}

/**
 * What the flags of a RUN ask for.
 * @throws KasaneError `unsupported` for a device that it needs, `usage` for what was not allowed
 */
export function grantedPowers(
  { network, security, devices }: RunInstruction,
  options: {
    readonly allow?: ReadonlySet<Entitlement> | undefined;
    readonly network?: "host" | "none" | undefined;
    readonly onWarning: (message: string) => void;
  },
): { network: "host" | "none"; isPrivileged: boolean } {
  const { allow = new Set(), onWarning } = options;
  if (network === "host") requireAllowed(allow, "network.host", "--network=host");
  if (security === "insecure") requireAllowed(allow, "security.insecure", "--security=insecure");
  for (const device of devices) refuseDevice(device, onWarning);
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

/** Kasane gives no devices. A step that can do without one is run without. */
function refuseDevice(text: string, onWarning: (message: string) => void): void {
  const fields = splitCsv(text);
  const name =
    fields.find((field) => !/^(required|name)(=|$)/.test(field)) ??
    fields.find((field) => field.startsWith("name="))?.slice(5) ??
    text;
  const isRequired = fields.some((field) => /^required(=(1|t|true))?$/i.test(field));
  if (!isRequired) {
    onWarning(`the device ${name} is not given to the step: RUN --device is not supported`);
    return;
  }
  throw new KasaneError(
    "unsupported",
    `the step requires the device ${name}: RUN --device is not supported`,
    {
      hint: "leave it out, or do in a container what needs the device",
    },
  );
}
