/**
 * How long a container takes that does nothing, as a whole process, beside podman and docker with the same image: everything in memory (tmpfs),
 * rounds in which everybody has one turn, medians. docker's daemon works outside of the process that is measured, and only its wall clock
 * counts. Wanted: at most 0.3 of podman and 0.5 of docker, and 60 ms. A peer that is not installed is left out; docker needs root.
 * Its own network is kasane's alone: the peers' default is a bridge with rules of the packet filter, which the test daemon makes none of.
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
};
const own = { ...rows, "network of its own": ["run", "--rm", "box", "true"] };
const contenders: Record<string, Contender> = {
  "kasane compiled": ofPeer(kasane(compiled), own),
  "kasane checkout": ofPeer(kasane(join(checkout, "bin/kasane")), own),
};
await using daemon = missing("dockerd") || process.getuid?.() !== 0 ? undefined : await startDockerd();
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
