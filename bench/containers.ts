/**
 * How long a container takes that does nothing, as a whole process, beside podman and docker with the same image: everything in memory (tmpfs),
 * rounds in which everybody has one turn, medians. docker's daemon works outside of the process that is measured, and only its wall clock
 * counts. Wanted: at most 0.3 of podman and 0.5 of docker, and 60 ms. A peer that is not installed is left out.
 * All of it happens in a network namespace of its own: the peers' default network is a bridge with rules of the packet filter, and no machine is to
 * keep those. Needs root.
 *
 * Run: `npm run build && scripts/bun bench/containers.ts [--rounds N]`
 */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { makeBaseRoot } from "../scripts/base-root.ts";
import { type Peer, podman, removePodmanStorage, scratch, startDockerd } from "../test/interop/peers.ts";
import { missing, runOk } from "../test/outside.ts";
import { type Contender, measure, ofPeer, print, ratioTo } from "./whole-processes.ts";

/** What is outside, for whoever looks which way that is. */
const outside = [
  "ip link set lo up",
  "ip link add outside type veth peer name beyond",
  "ip link set beyond up",
  "ip address add 198.51.100.2/24 dev outside",
  "ip link set outside up",
  "ip route add default via 198.51.100.1",
  'KASANE_BENCH_INSIDE=1 exec "$@"',
];
if (process.env.KASANE_BENCH_INSIDE !== "1") {
  const again = [process.execPath, import.meta.path, ...process.argv.slice(2)];
  const command = ["unshare", "--net", "--", "sh", "-ec", outside.join("\n"), "sh", ...again];
  process.exit(Bun.spawnSync(command, { stdio: ["ignore", "inherit", "inherit"] }).exitCode);
}

const { values: flags } = parseArgs({ options: { rounds: { type: "string", default: "15" } } });
const checkout = resolve(import.meta.dir, "..");
const compiled = join(checkout, "dist/kasane");
if (!existsSync(compiled)) throw new Error("dist/kasane is missing: npm run build");

await using directory = await scratch("bench-containers");
const at = (name: string) => join(directory.path, name);
await makeBaseRoot(at("rootfs"));
await runOk(["tar", "-C", at("rootfs"), "--owner=0", "--group=0", "-cf", at("rootfs.tar"), "."]);
const kasane = (program: string) => ({ argv: [program, "--root", at("store")], env: {} }) as unknown as Peer;
await runOk([compiled, "--root", at("store"), "import", at("rootfs.tar"), "box"]);
await runOk([compiled, "--root", at("store"), "save", "-o", at("box.tar"), "box"]);

const without = ["run", "--rm", "--network", "none", "box", "true"];
const rows = {
  "no network": without,
  "this machine's network": ["run", "--rm", "--network", "host", "box", "true"],
  "its default network": ["run", "--rm", "box", "true"],
};
const contenders: Record<string, Contender> = {
  "kasane compiled": ofPeer(kasane(compiled), rows),
  "kasane checkout": ofPeer(kasane(join(checkout, "bin/kasane")), rows),
};
await using daemon = missing("dockerd")
  ? undefined
  : await startDockerd("--iptables=true", "--bridge=docker0");
if (daemon) {
  await daemon.docker("load", "-i", at("box.tar"));
  contenders.docker = ofPeer(daemon.docker, rows);
}
if (!missing("podman")) {
  const pod = await podman(at("podman"));
  await pod("load", "-i", at("box.tar"));
  contenders.podman = ofPeer(pod, rows);
}
print(await measure(contenders, Number(flags.rounds)), Object.keys(contenders), {
  "compiled / docker": ratioTo("kasane compiled", ["docker"]),
  "compiled / podman": ratioTo("kasane compiled", ["podman"]),
});
if (contenders.podman) await removePodmanStorage(at("podman"));
