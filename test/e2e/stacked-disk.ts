import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { run, runOk } from "../outside.ts";

/** Mounts in `directory` a disk (`disk`), and an overlay of parts of it (`merged`): what lies there cannot be the upper part of another overlay. */
export async function mountDisks(directory: string): Promise<void> {
  const at = (name: string) => join(directory, name);
  for (const name of ["disk", "merged"]) mkdirSync(at(name));
  await runOk(["mount", "-t", "tmpfs", "none", at("disk")]);
  for (const name of ["lower", "upper", "work"]) mkdirSync(at(`disk/${name}`));
  const options = `lowerdir=${at("disk/lower")},upperdir=${at("disk/upper")},workdir=${at("disk/work")}`;
  await runOk(["mount", "-t", "overlay", "overlay", "-o", options, at("merged")]);
}

export async function unmountDisks(directory: string): Promise<void> {
  await run(["umount", join(directory, "merged"), join(directory, "disk")]);
}
