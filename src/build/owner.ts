import { collect, KasaneError } from "../lib/mod.ts";
import type { Owner } from "./layer-draft.ts";
import { resolveLinks, type SourceTree } from "./source-tree.ts";

/** Bytes of /etc/passwd and /etc/group that are read. */
const maxFileBytes = 10 * 1024 * 1024;

/**
 * `user`, `uid`, `user:group`, `uid:gid` as --chown takes them; names are looked up in the image's own /etc/passwd and /etc/group, which
 * are read out of its layers. Without a group it is the user's own, or the same number.
 * @throws KasaneError `build-failed` for names the image does not have
 */
export async function lookUpOwner(text: string, image: SourceTree): Promise<Owner> {
  const colon = text.indexOf(":");
  const user = colon < 0 ? text : text.slice(0, colon);
  const group = colon < 0 ? "" : text.slice(colon + 1);
  let owner: Owner = { uid: 0, gid: 0 };
  const uid = parseId(user);
  if (uid !== undefined) owner = { uid, gid: uid };
  else if (user !== "") {
    const fields = await findRecord(image, "etc/passwd", user);
    const found = fields && { uid: parseId(fields[2] ?? ""), gid: parseId(fields[3] ?? "") };
    if (found?.uid === undefined) throw unknown("user", user, "etc/passwd", image);
    owner = { uid: found.uid, gid: found.gid ?? found.uid };
  }
  if (group === "") return owner;
  const gid = parseId(group) ?? parseId((await findRecord(image, "etc/group", group))?.[2] ?? "");
  if (gid === undefined) throw unknown("group", group, "etc/group", image);
  return { ...owner, gid };
}

/** For whom nobody need look anything up. */
export function numericOwner(text: string): Owner | undefined {
  const [user, group, ...rest] = text.split(":").map(parseId);
  if (user === undefined || rest.length > 0 || (text.includes(":") && group === undefined)) return undefined;
  return { uid: user, gid: group ?? user };
}

function unknown(kind: string, name: string, file: string, image: SourceTree): KasaneError {
  return new KasaneError("build-failed", `${image.name} has no ${kind} ${JSON.stringify(name)} in /${file}`, {
    hint: "add it with RUN before, or give its number",
  });
}

function parseId(text: string): number | undefined {
  const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  return number <= 0xffff_ffff ? number : undefined;
}

async function findRecord(image: SourceTree, path: string, name: string): Promise<string[] | undefined> {
  const resolved = resolveLinks(image, path);
  const node = resolved === undefined ? undefined : image.get(resolved);
  if (node?.type !== "file") return undefined;
  await image.prepare([node]);
  const bytes = await collect(image.open(node), maxFileBytes, `/${path} of ${image.name}`);
  return new TextDecoder()
    .decode(bytes)
    .split("\n")
    .map((line) => line.trim().split(":"))
    .find((fields) => fields[0] === name);
}
