import type { ContextFiles } from "../../../../src/build/testing/build-fixture.ts";
import { collect } from "../../../../src/lib/mod.ts";
import { type TarEntry, writeTar } from "../../../../src/tar/mod.ts";

/** The context of most cases. */
export const files: ContextFiles = {
  "foo.go": "foo",
  "bar.go": "bar",
  "app/main.js": "main",
  "app/lib/a.js": "a",
  "app/lib/b.js": "b",
  "app/link": { link: "lib/a.js" },
  "app/run.sh": { content: "#!/bin/sh\necho hi\n", mode: 0o755 },
  "app/secret": { content: "s", mode: 0o600 },
  "app/empty": { directory: 0o750 },
  "out/link-to-file": { link: "../foo.go" },
  "out/link-to-directory": { link: "../app/lib" },
};

/** A directory of sources as projects have them. */
export const project: ContextFiles = {
  "src/index.ts": "index",
  "src/lib/one.ts": "one",
  "src/lib/one.test.ts": "test",
  "src/lib/deep/two.ts": "two",
  "src/lib/deep/two.md": "text",
  "docs/a.md": "a",
  "docs/b.txt": "b",
  "package.json": "{}",
  "README.md": "read",
};

export type Member = Partial<TarEntry> & { path: string; text?: string };

export async function packed(members: readonly Member[]): Promise<Uint8Array> {
  const inputs = members.map(({ text = "", ...member }) => ({
    entry: {
      type: "file",
      mode: 0o644,
      uid: 0,
      gid: 0,
      modified: { seconds: 1_000_000_000, nanoseconds: 0 },
      ...member,
      sizeBytes: new TextEncoder().encode(text).length,
    } as TarEntry,
    content: [new TextEncoder().encode(text)],
  }));
  return collect(writeTar(inputs), 1_000_000, "archive");
}

/** As tar(1) packs it: a directory with modes, a link, and names of one file. */
export const archive = await packed([
  { path: "top/", type: "directory", mode: 0o750, uid: 3, gid: 4 },
  { path: "top/file", text: "packed", mode: 0o4755, uid: 3, gid: 4 },
  { path: "top/hard", type: "hardlink", linkTarget: "top/file", mode: 0o4755, uid: 3, gid: 4 },
  { path: "top/link", type: "symlink", linkTarget: "../etc/passwd", mode: 0o777 },
  { path: "implied/dir/file", text: "x", mode: 0o600 },
  { path: "data/old/file", text: "replaced", mode: 0o644 },
]);

/** cap_net_bind_service, effective and permitted. */
export const capability = new Map([
  ["security.capability", Uint8Array.from([1, 0, 0, 2, 0, 4, ...new Array(14).fill(0)])],
]);

/** A program with a capability, and directories for it to go to. */
export const capableArchive = await packed([
  { path: "cap/", type: "directory", mode: 0o755 },
  { path: "cap/prog", text: "program", mode: 0o755, xattrs: capability },
]);
