import type { MountRequest } from "../../../container/mod.ts";
import { KasaneError } from "../../../lib/mod.ts";
import { mountTarget } from "./mount-target.ts";

const valued = ["size", "mode", "uid", "gid", "nr_inodes", "nr_blocks", "mpol", "huge"];
const switches = ["ro", "rw", "exec", "noexec", "suid", "nosuid", "dev", "nodev"];
/** Known to docker, and left to the kernel as it mounts by itself. */
const ignored = [
  ...["defaults", "sync", "async", "dirsync", "remount", "mand", "nomand", "atime", "noatime", "diratime"],
  ...["nodiratime", "bind", "rbind", "unbindable", "runbindable", "private", "rprivate", "shared", "rshared"],
  ...[
    "slave",
    "rslave",
    "relatime",
    "norelatime",
    "strictatime",
    "nostrictatime",
    "tmpcopyup",
    "notmpcopyup",
  ],
];

/** `--tmpfs /PATH[:OPTIONS]`: noexec, nosuid and nodev unless the options say otherwise. @throws KasaneError `usage` */
export function parseTmpfsFlag(text: string): MountRequest {
  const [path = "", given = ""] = text.split(/:(.*)/s);
  const target = mountTarget(path, "tmpfs");
  const last = new Map<string, string>();
  const on = new Set<string>();
  for (const option of given.split(",").filter(Boolean)) {
    const [name = "", value] = option.split(/=(.*)/s);
    if (value !== undefined && valued.includes(name)) last.set(name, value);
    else if (value === undefined && switches.includes(name)) {
      on.delete(opposite(name));
      on.add(name);
    } else if (value !== undefined || !ignored.includes(name)) throw invalidOption(option);
  }
  const mode = last.get("mode");
  if (mode !== undefined && !/^[0-7]{1,5}$/.test(mode)) throw invalidOption(`mode=${mode}`);
  const data = [...last].filter(([name]) => name !== "mode").map(([name, value]) => `${name}=${value}`);
  const wrong = data.find((option) => !/^[a-z_]+=[\w:%.-]+$/.test(option));
  if (wrong !== undefined) throw invalidOption(wrong);
  return {
    kind: "tmpfs",
    target,
    ...(mode !== undefined && { mode: Number.parseInt(mode, 8) }),
    ...(data.length > 0 && { data: data.join(",") }),
    flags: {
      readOnly: on.has("ro"),
      noExecute: !on.has("exec"),
      allowSetuid: on.has("suid"),
      allowDevices: on.has("dev"),
    },
    asked: { by: "tmpfs", options: given },
  };
}

function opposite(name: string): string {
  if (name === "ro") return "rw";
  if (name === "rw") return "ro";
  return name.startsWith("no") ? name.slice(2) : `no${name}`;
}

function invalidOption(option: string): KasaneError {
  const [name, value] = option.split(/=(.*)/s);
  const shown =
    value === undefined ? JSON.stringify(name) : `${JSON.stringify(name)} ${JSON.stringify(value)}`;
  return new KasaneError("usage", `invalid tmpfs option [${shown}]`, {
    hint: "for example size=64m, mode=1777, uid=1000, ro, exec",
  });
}
