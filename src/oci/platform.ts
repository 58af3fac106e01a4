import { readFileSync } from "node:fs";
import { KasaneError } from "../lib/errors.ts";
import type { ImageConfig } from "./config.ts";
import type { PlatformFields } from "./descriptor.ts";

/** A normalised platform: `linux/arm64` has no variant, `linux/arm` has `v7`. */
export type Platform = PlatformFields;

const knownSystems = new Set(
  "aix android darwin dragonfly freebsd illumos ios js linux netbsd openbsd plan9 solaris wasip1 windows".split(
    " ",
  ),
);
const knownArchitectures = new Set(
  "386 amd64 arm arm64 loong64 mips mipsle mips64 mips64le ppc64 ppc64le riscv64 s390x wasm".split(" "),
);

/**
 * `os`, `architecture`, `os/architecture` or `os/architecture/variant`, with containerd's spellings and defaults; what is
 * absent is the host's.
 * @throws KasaneError `usage`
 */
export function parsePlatform(text: string): Platform {
  const parts = text.split("/");
  const shown = JSON.stringify(text.slice(0, 80));
  const hint = "a platform is os/architecture or os/architecture/variant, like linux/amd64 or linux/arm/v7";
  if (parts.length > 3 || !parts.every((part) => /^[A-Za-z0-9_.-]{1,64}$/.test(part))) {
    throw new KasaneError("usage", `${shown} is not a platform`, { hint });
  }
  const [first, second, variant] = parts as [string, string?, string?];
  if (second !== undefined) {
    return normalizePlatform({ os: first, architecture: second, ...(variant ? { variant } : {}) });
  }
  const host = hostPlatform();
  const asSystem = normalizePlatform({ ...host, os: first });
  if (knownSystems.has(asSystem.os)) return asSystem;
  const asArchitecture = normalizePlatform({ os: host.os, architecture: first });
  if (knownArchitectures.has(asArchitecture.architecture)) return asArchitecture;
  throw new KasaneError("usage", `${shown} is neither a known operating system nor a known architecture`, {
    hint,
  });
}

/** containerd's spelling of a platform: `x86_64` is `amd64`, `aarch64` and `arm64/v8` are `arm64`, `arm` is `arm/v7`. */
export function normalizePlatform(platform: Platform): Platform {
  const { os, architecture, variant, ...rest } = platform;
  const system = os.toLowerCase() === "macos" ? "darwin" : os.toLowerCase();
  const [normalArchitecture, normalVariant] = normalizeArchitecture(
    architecture.toLowerCase(),
    (variant ?? "").toLowerCase(),
  );
  return {
    ...rest,
    os: system,
    architecture: normalArchitecture,
    ...(normalVariant ? { variant: normalVariant } : {}),
  };
}

function normalizeArchitecture(architecture: string, variant: string): [string, string] {
  switch (architecture) {
    case "i386":
    case "i686":
      return ["386", ""];
    case "x86_64":
    case "x86-64":
    case "amd64":
      return ["amd64", variant === "v1" ? "" : variant];
    case "aarch64":
    case "arm64":
      if (variant === "8" || variant === "v8" || variant === "v8.0") return ["arm64", ""];
      return ["arm64", /^[89](\.\d)?$/.test(variant) ? `v${variant}` : variant];
    case "armhf":
      return ["arm", "v7"];
    case "armel":
      return ["arm", "v6"];
    case "arm":
      if (variant === "") return ["arm", "v7"];
      return ["arm", /^[5678]$/.test(variant) ? `v${variant}` : variant];
    default:
      return [architecture, variant];
  }
}

export function formatPlatform(platform: Platform): string {
  return [platform.os, platform.architecture, platform.variant].filter(Boolean).join("/");
}

/** The platform an image config says it is for. */
export function platformOf(config: ImageConfig): Platform {
  return {
    architecture: config.architecture,
    os: config.os,
    ...(config.variant ? { variant: config.variant } : {}),
    ...(config["os.version"] ? { "os.version": config["os.version"] } : {}),
    ...(config["os.features"] ? { "os.features": config["os.features"] } : {}),
  };
}

let host: Platform | undefined;

/** The platform this process runs on. Containers on macOS are Linux ones. */
export function hostPlatform(): Platform {
  host ??= normalizePlatform({
    os: process.platform === "win32" ? "windows" : "linux",
    architecture: hostArchitecture(process.arch),
    ...(process.arch === "arm" ? { variant: armVariant() } : {}),
  });
  return host;
}

const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

function hostArchitecture(arch: NodeJS.Architecture): string {
  if (arch === "x64") return "amd64";
  if (arch === "ia32") return "386";
  if (arch === "mipsel") return "mipsle";
  if (arch === "ppc64") return isLittleEndian ? "ppc64le" : "ppc64";
  return arch;
}

/** v5 … v8 as the kernel says it; v7 where it does not. */
function armVariant(): string {
  try {
    const line = /^CPU architecture\s*:\s*(\d+)/m.exec(readFileSync("/proc/cpuinfo", "utf8"));
    const version = Number(line?.[1] ?? 7);
    return `v${Math.min(8, Math.max(5, version))}`;
  } catch {
    return "v7";
  }
}

/**
 * The best of `candidates` for `wanted`, as containerd chooses: exact variant first, then lower ones a newer
 * processor also runs (arm v8 runs v7, v6, v5), then the 32-bit architecture of the same family; undefined when none can run.
 * Of equals the first wins. With `os.version` wanted, a candidate must share its first three numbers (Windows builds).
 */
export function selectPlatform<T extends { readonly platform?: Platform }>(
  candidates: readonly T[],
  wanted: Platform,
): T | undefined {
  for (const acceptable of runnablePlatforms(normalizePlatform(wanted))) {
    const match = candidates.find(({ platform }) => platform && matches(platform, acceptable));
    if (match) return match;
  }
  return undefined;
}

function matches(candidate: Platform, wanted: Platform): boolean {
  const platform = normalizePlatform(candidate);
  const build = (version: string | undefined) => version?.split(".").slice(0, 3).join(".");
  const wantedBuild = build(wanted["os.version"]);
  return (
    platform.os === wanted.os &&
    platform.architecture === wanted.architecture &&
    (platform.variant ?? "") === (wanted.variant ?? "") &&
    (!wantedBuild || build(platform["os.version"]) === wantedBuild)
  );
}

/** Every platform a machine of `platform` runs, best first. */
function runnablePlatforms(platform: Platform): Platform[] {
  const { variant = "", ...bare } = platform;
  const of = (architecture: string, variants: readonly string[]): Platform[] =>
    variants.map((each) => normalizePlatform({ ...bare, architecture, variant: each }));
  const armDownFrom = (version: number) =>
    of(
      "arm",
      Array.from({ length: version - 4 }, (_, below) => `v${version - below}`),
    );
  const version = /^v(\d+)$/.exec(variant)?.[1];
  switch (platform.architecture) {
    case "amd64": {
      const lower = Array.from({ length: Math.min(9, Number(version ?? 1)) }, (_, below) => below + 1);
      return [
        platform,
        ...of(
          "amd64",
          lower.reverse().map((each) => `v${each}`),
        ),
        ...of("386", [""]),
      ];
    }
    case "arm":
      return Number(version) > 5 && Number(version) <= 8 ? armDownFrom(Number(version)) : [platform];
    case "arm64":
      return [platform, ...of("arm64", arm64Variants(variant)), ...armDownFrom(8)];
    default:
      return [platform];
  }
}

/** v9.x holds everything of v8.(x+5), and each minor version holds the ones below it. */
function arm64Variants(variant: string): string[] {
  const match = /^v([89])(?:\.(\d))?$/.exec(variant || "v8");
  if (!match) return [];
  const minor = Number(match[2] ?? 0);
  const down = (major: number, from: number) =>
    Array.from({ length: from + 1 }, (_, below) =>
      from - below === 0 ? `v${major}` : `v${major}.${from - below}`,
    );
  return match[1] === "9" ? [...down(9, minor), ...down(8, Math.min(9, minor + 5))] : down(8, minor);
}
