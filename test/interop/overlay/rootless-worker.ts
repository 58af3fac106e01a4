/**
 * Unpacks a layer, mounts it, changes it and makes a layer of the changes, as an ordinary user would: in a process of its own, which runs itself
 * again in a user namespace. Prints JSON of RootlessResult. Its argument is a directory of the user's.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { applyLayer, createUpper, diffUpper, indexLayer, mergeLayers } from "../../../src/layer/mod.ts";
import { layerTar } from "../../../src/layer/testing/layer-tar.ts";
import { hasSingleUid, privilege, reexecInUserNamespace } from "../../../src/sandbox/mod.ts";
import { treeOf } from "../../trees.ts";

export interface RootlessResult {
  readonly isSingleUid: boolean;
  readonly warnings: readonly string[];
  /** treeOf() of the unpacked layer, with what is kept beside files. */
  readonly unpacked: readonly string[];
  /** What the shell said. */
  readonly shell: string;
  /** The members of the layer of changes: name, type, mode, owner, xattrs. */
  readonly changes: readonly string[];
}

const capability = "\x01\0\0\x02\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
const base = [
  { path: "etc/", uid: 0, gid: 0 },
  { path: "etc/shadow", mode: 0o640, uid: 0, gid: 42, content: "secret" },
  { path: "www/", uid: 33, gid: 33 },
  { path: "www/page", uid: 33, gid: 33, content: "x" },
  { path: "www/link", to: "page", uid: 33, gid: 33 },
  { path: "ping", mode: 0o755, uid: 0, gid: 0, xattrs: { "security.capability": capability } },
  { path: "su", mode: 0o4755, uid: 0, gid: 0 },
  { path: "trusted", uid: 0, gid: 0, xattrs: { "trusted.note": "1" } },
  { path: "null", type: "character-device", device: [1, 3], uid: 0, gid: 0 },
  { path: "old/", uid: 0, gid: 0 },
  { path: "old/file", uid: 0, gid: 0 },
  { path: "gone", uid: 0, gid: 0 },
] as const;

const script = `
  rm gone && rm -r old && mkdir old && echo new > old/new
  chmod 600 etc/shadow
  echo y > www/page
  touch -h -d @5 www/link
  setcap cap_net_bind_service=ep su && echo capable
`;

async function run(directory: string): Promise<RootlessResult> {
  const [lower, upper, work, merged] = ["lower", "upper", "work", "merged"].map((name) =>
    join(directory, name),
  ) as [string, string, string, string];
  for (const path of [lower, work, merged]) mkdirSync(path);
  const warnings: string[] = [];
  const ownership = hasSingleUid() ? "ignore" : "keep";
  const warn = (message: string) => warnings.push(message);
  const tar = await layerTar(base);
  await applyLayer([tar], lower, { mode: { kind: "overlay", xattrs: "user" }, ownership, warn });
  const tree = mergeLayers([await indexLayer([tar])]);
  createUpper(upper, tree.get("")?.entry, { ownership });
  const mount =
    'mount -t overlay overlay -o "userxattr,lowerdir=$1,upperdir=$2,workdir=$3" "$4" && cd "$4" &&';
  const shell = Bun.spawnSync(["sh", "-c", `${mount} { ${script} } 2>&1`, "sh", lower, upper, work, merged]);
  const changes: string[] = [];
  for await (const { entry } of diffUpper(upper, { lower: tree, xattrs: "user", ownership })) {
    const xattrs = [...(entry.xattrs ?? [])].map(
      ([key, value]) => `${key}=${Buffer.from(value).toString("hex")}`,
    );
    changes.push(
      [entry.path, entry.type, entry.mode.toString(8), `${entry.uid}:${entry.gid}`, ...xattrs].join(" "),
    );
  }
  const unpacked = treeOf(lower, {
    xattr: (key) => key === "user.kasane.owner" || key === "security.capability",
  });
  return {
    isSingleUid: hasSingleUid(),
    warnings,
    unpacked,
    shell: `${shell.stdout}${shell.stderr}`,
    changes,
  };
}

if (import.meta.main) {
  const [directory] = process.argv.slice(2) as [string];
  if (privilege() === "none") process.exit(await reexecInUserNamespace([directory]));
  console.log(JSON.stringify(await run(directory)));
}
