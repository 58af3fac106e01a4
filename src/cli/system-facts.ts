import { arch, cpus, hostname, release, totalmem } from "node:os";
import { listContainers } from "../container/mod.ts";
import { hostPlatform } from "../oci/mod.ts";
import { hasSingleUid, privilege, whyNoUserNamespace, whySingleUid } from "../sandbox/mod.ts";
import type { LocalStore } from "../store/mod.ts";
import { listVolumes } from "../store/volumes/volume-files.ts";
import { clientVersion } from "./commands/version.ts";

/** What `info` tells, by docker's names where docker has one for it. */
export interface SystemFacts {
  readonly ID: string;
  readonly Containers: number;
  readonly ContainersRunning: number;
  readonly ContainersPaused: number;
  readonly ContainersStopped: number;
  readonly Images: number;
  readonly Volumes: number;
  readonly Driver: string;
  /** How unpacked layers are marked. */
  readonly Layers: string;
  /** Root, or how an ordinary user's ids are mapped. */
  readonly Mode: string;
  readonly Root: string;
  readonly DockerRootDir: string;
  readonly KernelVersion: string;
  readonly OperatingSystem: string;
  readonly OSType: string;
  readonly Architecture: string;
  /** For image platforms: `linux/amd64`. */
  readonly Platform: string;
  readonly NCPU: number;
  readonly MemTotal: number;
  readonly Name: string;
  readonly IndexServerAddress: string;
  readonly SecurityOptions: readonly string[];
  readonly HttpProxy: string;
  readonly HttpsProxy: string;
  readonly NoProxy: string;
  readonly ServerVersion: string;
  readonly Version: string;
  readonly ClientInfo: ReturnType<typeof clientVersion>;
}

export async function systemFacts(
  store: LocalStore,
  root: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<SystemFacts> {
  const [images, containers, mode, system] = await Promise.all([
    store.meta.images.list(),
    listContainers(store),
    modeOf(),
    operatingSystem(),
  ]);
  const running = containers.filter(({ state }) => state.kind === "running").length;
  const isRoot = privilege() === "root";
  const client = clientVersion();
  const platform = hostPlatform();
  const machine: Record<string, string> = { x64: "x86_64", arm64: "aarch64" };
  return {
    ID: "",
    Containers: containers.length,
    ContainersRunning: running,
    ContainersPaused: 0,
    ContainersStopped: containers.length - running,
    Images: images.length,
    Volumes: listVolumes(store.root).length,
    Driver: "overlay",
    Layers: `overlay (${isRoot ? "trusted" : "user"} attributes)`,
    Mode: mode,
    Root: root,
    DockerRootDir: root,
    KernelVersion: release(),
    OperatingSystem: system,
    OSType: platform.os,
    Architecture: machine[arch()] ?? arch(),
    Platform: [platform.os, platform.architecture, platform.variant].filter(Boolean).join("/"),
    NCPU: cpus().length,
    MemTotal: totalmem(),
    Name: hostname(),
    IndexServerAddress: "https://index.docker.io/v1/",
    SecurityOptions: ["name=seccomp,profile=builtin", ...(isRoot ? [] : ["name=rootless"])],
    HttpProxy: withoutLogin(env.HTTP_PROXY ?? env.http_proxy),
    HttpsProxy: withoutLogin(env.HTTPS_PROXY ?? env.https_proxy),
    NoProxy: env.NO_PROXY ?? env.no_proxy ?? "",
    ServerVersion: client.Version,
    Version: client.Version,
    ClientInfo: client,
  };
}

/** How many ids a step has to give files to. */
async function modeOf(): Promise<string> {
  if (privilege() === "root") return "root";
  // Inside 'kasane unshare' the ids are mapped already.
  if (privilege() === "user-namespace") {
    return `rootless (${hasSingleUid() ? "one uid" : "user namespace"})`;
  }
  const refusal = await whyNoUserNamespace();
  if (refusal !== undefined) return `rootless (no user namespace, nothing can be run: ${refusal})`;
  const reason = whySingleUid();
  return `rootless (${reason === undefined ? "user namespace" : `one uid: ${reason}`})`;
}

async function operatingSystem(): Promise<string> {
  const text = await Bun.file("/etc/os-release")
    .text()
    .catch(() => "");
  return /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(text)?.[1] ?? process.platform;
}

/** A proxy's address may hold a password. */
function withoutLogin(address: string | undefined): string {
  return (address ?? "").replace(/\/\/[^/@]*@/, "//xxxxx:xxxxx@");
}
