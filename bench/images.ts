/**
 * Looking at local images as whole processes, beside the programs people use: the same 50 images in each store, everything in memory (tmpfs),
 * rounds in which everybody has one turn, medians. Wanted: the compiled program before every peer in every row, and from the checkout within
 * 1.5 of docker. Then Kasane alone with 50 images and with 1,000 of 5,000 names: no command more than twice as long. At the end stands for
 * each row whether that was reached. A peer that is not installed is left out; docker needs root. The empty Bun program is built as Kasane is:
 * no row can be below it.
 *
 * Run: `npm run build && scripts/bun bench/images.ts [--rounds N]`
 */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { type Peer, peer, podman, scratch, startDockerd } from "../test/interop/peers.ts";
import { missing, runOk } from "../test/outside.ts";
import { fillStore } from "./images/store.ts";
import {
  type Contender,
  measure,
  ofPeer,
  print,
  printVerdicts,
  ratiosOf,
  ratioTo,
} from "./whole-processes.ts";

const { values: flags } = parseArgs({ options: { rounds: { type: "string", default: "25" } } });
const rounds = Number(flags.rounds);
const checkout = resolve(import.meta.dir, "..");
const compiled = join(checkout, "dist/kasane");
if (!existsSync(compiled)) throw new Error("dist/kasane is missing: npm run build");

const kasaneRows = (root: string, program: string): Contender =>
  ofPeer({ argv: [program, "--root", root], env: {} } as unknown as Peer, {
    start: ["version"],
    list: ["images"],
    inspect: ["inspect", "app7:v0"],
    history: ["history", "app7:v0"],
    "one repository": ["images", "app7"],
    "by id": ["images", "-q", "app7"],
    tag: ["tag", "app7:v0", "app7:again"],
    "system df": ["system", "df"],
    "images --tree": ["images", "--tree"],
  });

await using directory = await scratch("bench-images");
const at = (name: string) => join(directory.path, name);
const names = await fillStore(at("small"), { count: 50, tags: 50 });
const archive = at("images.tar");
await runOk([compiled, "--root", at("small"), "save", "-o", archive, ...names]);

const contenders: Record<string, Contender> = {
  "kasane compiled": kasaneRows(at("small"), compiled),
  "kasane checkout": kasaneRows(at("small"), join(checkout, "bin/kasane")),
};
const rows = {
  start: ["version"],
  list: ["images"],
  inspect: ["inspect", "app7:v0"],
  history: ["history", "app7:v0"],
};
await using daemon = missing("dockerd") || process.getuid?.() !== 0 ? undefined : await startDockerd();
if (daemon) {
  await daemon.docker("load", "-i", archive);
  contenders.docker = ofPeer(daemon.docker, { ...rows, start: ["--version"], "system df": ["system", "df"] });
}
if (!missing("podman")) {
  const pod = await podman(at("podman"));
  await pod("load", "-i", archive);
  contenders.podman = ofPeer(pod, { ...rows, start: ["--version"], list: ["images"] });
}
if (!missing("skopeo")) {
  await runOk([
    compiled,
    "--root",
    at("small"),
    "save",
    "--format",
    "oci-dir",
    "-o",
    at("layout"),
    "app7:v0",
  ]);
  contenders.skopeo = {
    start: { argv: [peer("skopeo"), "--version"] },
    inspect: { argv: [peer("skopeo"), "inspect", `oci:${at("layout")}`] },
  };
}
if (!missing("crane")) contenders.crane = { start: { argv: [peer("crane"), "version"] } };
await Bun.write(at("empty.ts"), "process.exit(0);");
const asKasane =
  "--compile --bytecode --format=esm --no-compile-autoload-dotenv --no-compile-autoload-bunfig".split(" ");
await runOk([process.execPath, "build", ...asKasane, at("empty.ts"), "--outfile", at("empty")]);
contenders["empty Bun program"] = { start: { argv: [at("empty")] } };
const peers = ["docker", "podman", "skopeo", "crane"];
const besidePeers = await measure(contenders, rounds);
const goals = [
  { what: "compiled / best peer", ratio: ratioTo("kasane compiled", peers), atMost: 1 },
  { what: "checkout / docker", ratio: ratioTo("kasane checkout", ["docker"]), atMost: 1.5 },
];
print(besidePeers, Object.keys(contenders), ratiosOf(goals));

await fillStore(at("large"), { count: 1000, tags: 5000 });
const [few, many] = ["50 images", "1,000 images, 5,000 names"] as const;
const sizes = { [few]: kasaneRows(at("small"), compiled), [many]: kasaneRows(at("large"), compiled) };
const growth = await measure(sizes, rounds);
const growthGoals = [{ what: "many / few", ratio: ratioTo(many, [few]), atMost: 2 }];
console.log("");
print(growth, [few, many], ratiosOf(growthGoals));
console.log("");
printVerdicts(besidePeers, [
  ...goals,
  // What no program of Bun's can be below.
  { what: "empty Bun program / best peer", ratio: ratioTo("empty Bun program", peers), atMost: 1 },
]);
printVerdicts(growth, growthGoals);
