import { type Platform, parsePlatform } from "../oci/platform.ts";
import type { Flag, ParsedFlags } from "./flags.ts";

/** Of commands that look at one platform of a multi-platform image. */
export const platformFlag: Flag = {
  name: "platform",
  type: "string",
  value: "OS/ARCH",
  help: "The platform of a multi-platform image (default: this machine's)",
};

/** @throws KasaneError `usage` for what is not a platform */
export function platformOption(flags: ParsedFlags): { platform?: Platform } {
  const text = flags.string("platform");
  return text === undefined ? {} : { platform: parsePlatform(text) };
}
