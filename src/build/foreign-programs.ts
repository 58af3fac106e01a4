import { readFileSync } from "node:fs";
import { formatPlatform, hostPlatform, type Platform } from "../oci/mod.ts";

/** qemu's names of the architectures that are called otherwise here. */
const emulatorNames: Readonly<Record<string, string>> = {
  amd64: "x86_64",
  arm64: "aarch64",
  "386": "i386",
  mipsle: "mipsel",
  mips64le: "mips64el",
  loong64: "loongarch64",
};

/** What to do so that programs of another platform run here; undefined for this machine's own. */
export function foreignHint(platform: Platform): string | undefined {
  const { architecture } = platform;
  if (architecture === hostPlatform().architecture) return undefined;
  const shown = formatPlatform(platform);
  const flags = registeredFlags(`qemu-${emulatorNames[architecture] ?? architecture}`);
  if (flags !== undefined && !flags.includes("F")) {
    return `the emulator of ${shown} is registered without the flag F, so the kernel looks for it inside the image: install qemu-user-static, which registers it with F`;
  }
  return `to run programs of ${shown} here, install the package qemu-user-static (binfmt); a stage FROM --platform=$BUILDPLATFORM needs none`;
}

/** The flags of an emulator that the kernel knows; undefined where it does not. */
function registeredFlags(name: string): string | undefined {
  try {
    const text = readFileSync(`/proc/sys/fs/binfmt_misc/${name}`, "utf8");
    return text.startsWith("enabled") ? (/^flags: (.*)$/m.exec(text)?.[1] ?? "") : undefined;
  } catch {
    return undefined;
  }
}
