import { formatPlatform, type Platform } from "../oci/mod.ts";

/** Build arguments every Dockerfile may use in FROM, and in a stage after naming them with ARG. */
export function platformArgs(options: {
  readonly build: Platform;
  readonly target: Platform;
  readonly targetStage: string;
}): Map<string, string> {
  const args = new Map<string, string>();
  for (const [prefix, platform] of [
    ["BUILD", options.build],
    ["TARGET", options.target],
  ] as const) {
    args.set(`${prefix}PLATFORM`, formatPlatform(platform));
    args.set(`${prefix}OS`, platform.os);
    args.set(`${prefix}OSVERSION`, platform["os.version"] ?? "");
    args.set(`${prefix}ARCH`, platform.architecture);
    args.set(`${prefix}VARIANT`, platform.variant ?? "");
  }
  args.set("TARGETSTAGE", options.targetStage === "" ? "default" : options.targetStage);
  return args;
}

const proxyNames = ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"];

/** Proxy settings reach every RUN without an ARG, and leave no trace in the image, its history or the cache key. */
export function isProxyArg(name: string): boolean {
  return proxyNames.some((proxy) => name === proxy || name === proxy.toLowerCase());
}

/** What every image of Linux gets where its base sets none. */
export const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
