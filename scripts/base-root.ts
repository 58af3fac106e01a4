import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";

/** Programs a Dockerfile's RUN wants at least; those this machine lacks are left out, except the shell. */
const defaultPrograms = [
  "sh",
  "cat",
  "ls",
  "mkdir",
  "cp",
  "rm",
  "chmod",
  "id",
  "uname",
  "sleep",
  "sha256sum",
  "wc",
  "env",
  "date",
  "true",
];

/**
 * Makes a small root file system in `directory` out of this machine's own shell, a few programs and the libraries they
 * load: a base image without a network. Works with glibc and musl.
 */
export async function makeBaseRoot(
  directory: string,
  programs: readonly string[] = defaultPrograms,
): Promise<void> {
  for (const name of ["bin", "etc", "tmp", "root", "usr"])
    mkdirSync(join(directory, name), { recursive: true });
  const needed = new Set<string>();
  for (const program of programs) {
    const path = Bun.which(program, { PATH: "/usr/bin:/bin:/usr/sbin:/sbin" });
    if (path === null) {
      if (program === "sh") throw new Error("this machine has no sh to make a base image from");
      continue;
    }
    const real = realpathSync(path);
    const target = join(directory, "bin", basename(real));
    if (!existsSync(target)) copyFileSync(real, target);
    if (basename(real) !== program) symlinkSync(basename(real), join(directory, "bin", program));
    for (const library of await librariesOf(real)) needed.add(library);
  }
  for (const library of needed) copyWithLinks(library, directory);
  writeFileSync(
    join(directory, "etc/passwd"),
    "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n",
  );
  writeFileSync(join(directory, "etc/group"), "root:x:0:\nnogroup:x:65534:\n");
}

/** Absolute paths of the libraries and the loader of a program; none for a static one. */
async function librariesOf(program: string): Promise<string[]> {
  const child = Bun.spawn(["ldd", program], { stdout: "pipe", stderr: "ignore" });
  const text = await new Response(child.stdout).text();
  await child.exited;
  return [...text.matchAll(/(?:=>\s*|^\s*)(\/\S+)/gm)].map((match) => match[1]!);
}

/** Copies a file under its own path, following a chain of links but keeping each of them. Linked directories become real ones. */
function copyWithLinks(path: string, directory: string): void {
  const target = join(directory, path);
  if (existsSync(target)) return;
  mkdirSync(dirname(target), { recursive: true });
  if (!lstatSync(path).isSymbolicLink()) {
    copyFileSync(path, target);
    return;
  }
  const link = readlinkSync(path);
  const next = link.startsWith("/") ? link : join(dirname(path), link);
  symlinkSync(link, target);
  copyWithLinks(next, directory);
}
