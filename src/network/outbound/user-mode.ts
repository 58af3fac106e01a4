import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../lib/mod.ts";
import { findTool, startHelper, systemPath } from "../../sandbox/mod.ts";
import type { Outbound, OutboundTarget, OutboundWay } from "./outbound.ts";

/** What every namespace has then: an address, and a name server that asks this machine's. */
export const userNetwork = {
  address: "10.0.2.100",
  prefixLength: 24,
  gateway: "10.0.2.2",
  nameServer: "10.0.2.3",
} as const;

const patienceMs = 5000;
const lookMs = 2;

/** pasta or slirp4netns, which need no root: they carry a namespace's packets through sockets of their own. */
export function userMode({ isRoot }: { isRoot: boolean }): OutboundWay {
  const [pasta, slirp] = [findTool("pasta"), findTool("slirp4netns")];
  return {
    ...userNetwork,
    async connect(target) {
      if (pasta !== undefined) {
        try {
          return await startPasta(pasta, { ...target, isRoot });
        } catch (error) {
          if (slirp === undefined) throw new Error(`pasta: ${messageOf(error)}`);
        }
      }
      try {
        return await startSlirp(slirp!, target);
      } catch (error) {
        throw new Error(`slirp4netns: ${messageOf(error)}`);
      }
    },
    async release() {},
  };
}

/** undefined where it can be had. */
export function whyNoUserMode(): string | undefined {
  if (findTool("pasta") === undefined && findTool("slirp4netns") === undefined)
    return "install the package passt";
  return whyNoTun();
}

/** Why no device can be made whose packets a program carries; undefined where one can. */
export function whyNoTun(): string | undefined {
  const device = "/dev/net/tun";
  if (!existsSync(device)) return `there is no ${device} here`;
  return isAccessible(device, constants.R_OK | constants.W_OK)
    ? undefined
    : `${device} is not for you: 'chmod 666 ${device}' as root is usual`;
}

function isAccessible(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

async function startPasta(pasta: string, options: OutboundTarget & { isRoot: boolean }): Promise<Outbound> {
  const { address, prefixLength, gateway, nameServer } = userNetwork;
  const ready = join(options.directory, "pasta.pid");
  rmSync(ready, { force: true });
  const child = startBeside(options, "/dev/null", (namespace) => [
    ...[pasta, "--foreground", "--quiet", "--stderr", "--config-net", "--netns-only", "--ipv4-only"],
    ...["--address", address, "--netmask", String(prefixLength), "--gateway", gateway],
    ...["--ns-ifname", options.device, "--no-map-gw", "--dns-forward", nameServer],
    ...["--tcp-ports", "none", "--udp-ports", "none", "--tcp-ns", "none", "--udp-ns", "none"],
    ...["--no-netns-quit", ...(options.isRoot ? ["--runas", "0:0"] : [])],
    ...["--pid", ready, "--netns", namespace],
  ]);
  return whenReady(child, ready);
}

async function startSlirp(slirp: string, options: OutboundTarget): Promise<Outbound> {
  const ready = join(options.directory, "slirp.ready");
  writeFileSync(ready, "");
  const child = startBeside(options, ready, (namespace) => [
    ...[slirp, "--configure", "--mtu=65520", "--disable-host-loopback", "--ready-fd=3"],
    ...["--netns-type=path", namespace, options.device],
  ]);
  return whenReady(child, ready);
}

/** Mounts a name for the namespace where nobody else sees it: that one needs no power over the process in it. */
const besideScript = `mount --bind "$1" "$2" || exit 1; exec 3>>"$3"; shift 3; "$@"; exit $?`;

interface Beside {
  isThere(): boolean;
  kill(): void;
  readonly exited: Promise<unknown>;
  /** What it has said, once it has ended. */
  said(): string;
}

/** In a pid namespace that ends with this process. */
function startBeside(
  { pid, directory }: OutboundTarget,
  third: string,
  command: (namespace: string) => string[],
): Beside {
  const target = join(directory, "netns");
  writeFileSync(target, "");
  const source = `/proc/${pid}/ns/net`;
  const said = join(directory, "outbound.log");
  const [nothing, errors, more] = [openSync("/dev/null", "r+"), openSync(said, "w+"), openSync(third, "a")];
  try {
    const helper =
      startHelper({
        ...{ argv: command(target), env: [`PATH=${systemPath}`], bind: { source, target } },
        descriptors: [nothing, nothing, errors, more],
      }) ?? startByPrograms([source, target, third, ...command(target)], [nothing, nothing, errors]);
    return { ...helper, said: () => readFileSync(said, "utf8") };
  } finally {
    for (const fd of [nothing, errors, more]) closeSync(fd);
  }
}

function startByPrograms(
  words: readonly string[],
  stdio: readonly [number, number, number],
): Omit<Beside, "said"> {
  const child = Bun.spawn(
    [
      ...["setpriv", "--pdeathsig", "KILL", "--"],
      ...["unshare", "--pid", "--mount", "--fork", "--kill-child", "--"],
      ...["/bin/sh", "-c", besideScript, "sh", ...words],
    ],
    { stdio: [...stdio], cwd: "/", env: { PATH: systemPath }, detached: true },
  );
  child.unref();
  return {
    isThere: () => child.exitCode === null && child.signalCode === null,
    kill: () => child.kill("SIGKILL"),
    exited: child.exited,
  };
}

async function whenReady(beside: Beside, ready: string): Promise<Outbound> {
  const isReady = () => existsSync(ready) && readFileSync(ready, "utf8") !== "";
  for (const deadline = Date.now() + patienceMs; !isReady(); await Bun.sleep(lookMs)) {
    if (beside.isThere() && Date.now() < deadline) continue;
    beside.kill();
    await beside.exited;
    const lines = beside.said().trim().split("\n");
    throw new Error(lines.findLast((line) => line !== "" && !/syslog/.test(line)) ?? "it did not get ready");
  }
  return {
    setups: [],
    async stop() {
      beside.kill();
      await beside.exited;
    },
  };
}
