import { isAbsolute } from "node:path";
import { KasaneError } from "../../lib/mod.ts";
import type { Volume } from "../../store/mod.ts";

const known = ["type", "o", "device"];

/**
 * What docker's local driver takes: `type=none,o=bind,device=/DIRECTORY` makes a volume of a directory that is there already.
 * @throws KasaneError `usage`, `unsupported` for what would have to be mounted
 */
export function checkVolumeOptions(name: string, options: Readonly<Record<string, string>>): void {
  const wrong = Object.keys(options).find((key) => !known.includes(key));
  if (wrong !== undefined) {
    throw new KasaneError("usage", `create ${name}: invalid option: ${JSON.stringify(wrong)}`, {
      hint: "the options are type, o and device",
    });
  }
  const { type, o, device } = options;
  if (type === undefined && o === undefined && device === undefined) return;
  if (!device) {
    throw new KasaneError("usage", `create ${name}: missing device in volume options`, {
      hint: "write --opt type=none --opt o=bind --opt device=/DIRECTORY",
    });
  }
  if (isAbsolute(device) && isBind(options)) return;
  throw new KasaneError(
    "unsupported",
    `create ${name}: a volume of type ${type ?? "none"} cannot be mounted`,
    {
      hint: "only directories of this machine can be: --opt type=none --opt o=bind --opt device=/DIRECTORY",
    },
  );
}

function isBind({ type = "none", o = "" }: Readonly<Record<string, string>>): boolean {
  return (
    ["none", "bind", ""].includes(type) && o.split(",").some((each) => each === "bind" || each === "rbind")
  );
}

/** The directory that a volume shows in place of its own. */
export function volumeDevice({
  options,
}: Pick<Volume, "options">): { path: string; readOnly: boolean } | undefined {
  if (!options?.device) return undefined;
  return { path: options.device, readOnly: (options.o ?? "").split(",").includes("ro") };
}
