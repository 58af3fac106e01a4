import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

/** What the image says of itself; as people know it from `registry:2`. */
export const registryDockerfile = `FROM scratch
COPY . /
VOLUME /var/lib/registry
EXPOSE 5000
ENTRYPOINT ["/bin/registry"]
CMD ["/etc/docker/registry/config.yml"]
`;

const configuration = `version: 0.1
storage:
  filesystem:
    rootdirectory: /var/lib/registry
http:
  addr: :5000
  headers:
    X-Content-Type-Options: [nosniff]
`;

const texts: Readonly<Record<string, string>> = {
  "etc/docker/registry/config.yml": configuration,
  "etc/passwd": "root:x:0:0:root:/root:/sbin/nologin\n",
  "etc/group": "root:x:0:\n",
  "etc/nsswitch.conf": "hosts: files dns\n",
};

/** Fills the empty `directory` with all files of the image: this very program, the libraries that it has loaded, and a configuration. */
export function writeRegistryContext(directory: string): void {
  for (const path of ["bin", "root", "tmp", "var/lib/registry"])
    mkdirSync(join(directory, path), { recursive: true });
  chmodSync(join(directory, "tmp"), 0o1777);
  for (const [path, text] of Object.entries(texts)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text, { mode: 0o644 });
  }
  share(process.execPath, join(directory, "bin/kasane"));
  symlinkSync("kasane", join(directory, "bin/registry"));
  for (const [path, file] of libraries()) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    share(file, join(directory, path));
  }
}

/** Where this process looked for its shared libraries, each with the file that it found; empty for a program without any. */
function libraries(): Map<string, string> {
  const mapped = new Set(
    readFileSync("/proc/self/maps", "utf8")
      .split("\n")
      .map((line) => line.slice(line.indexOf("/")))
      .filter((path) => /\/[^/]+\.so(\.[\d.]+)?$/.test(path)),
  );
  const found = new Map<string, string>();
  for (const file of mapped) {
    // Programs name them by a shorter name, which may be a link: libc.so.6 of libc-2.31.so.
    const folder = dirname(file);
    for (const name of readdirSync(folder))
      if (/\.so\.\d+$/.test(name) && realpathOf(join(folder, name)) === file)
        found.set(join(folder, name), file);
  }
  const loader = loaderOf(process.execPath);
  if (loader !== undefined) found.set(loader, realpathSync(loader));
  return found;
}

/** PT_INTERP of an ELF file; its text stands right behind the headers. */
function loaderOf(program: string): string | undefined {
  const head = Buffer.alloc(4096);
  const file = openSync(program, "r");
  try {
    readSync(file, head, 0, head.length, 0);
  } finally {
    closeSync(file);
  }
  return /\/[\w./-]*\/ld[\w.-]*\.so\.\d+(?=\0)/.exec(head.toString("latin1"))?.[0];
}

function realpathOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

/** Without a copy where that can be. */
function share(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to, constants.COPYFILE_FICLONE);
  }
}
