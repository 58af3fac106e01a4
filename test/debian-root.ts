import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cacheDirectory, runOk } from "./outside.ts";

/** What Debian's own slim images leave out. */
const emptied = [
  "usr/share/doc",
  "usr/share/info",
  "usr/share/locale",
  "usr/share/man",
  "var/cache/apt",
  "var/lib/apt/lists",
];

/** A Debian bookworm root file system, as slim as Debian's slim images; made once (half a minute) and kept. */
export async function debianRoot(): Promise<string> {
  const path = join(cacheDirectory(), "debian-bookworm-slim");
  if (existsSync(path)) return path;
  const fresh = `${path}.${process.pid}`;
  await runOk(["debootstrap", "--variant=minbase", "bookworm", fresh]);
  for (const directory of emptied) empty(join(fresh, directory));
  renameSync(fresh, path);
  return path;
}

function empty(directory: string): void {
  for (const name of readdirSync(directory)) rmSync(join(directory, name), { recursive: true });
}
