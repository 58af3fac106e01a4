import { closeSync, existsSync, mkdirSync, openSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { errnoOf, KasaneError } from "../lib/errors.ts";

const layoutFile = `{"imageLayoutVersion":"1.0.0"}`;

/**
 * Makes ROOT what a store needs, or finds it made: a few status calls in the usual case. `meta.db` is made first, so that a root
 * without it is either empty or somebody else's.
 * @throws KasaneError `not-found` (read-only), `conflict` for a directory that holds something else, `denied` to root for a user's, `io`
 */
export function prepareRoot(root: string, options: { readOnly: boolean }): void {
  try {
    const isMade = existsSync(join(root, "meta.db"));
    if (isMade) refuseOthersStore(root);
    if (isMade && (options.readOnly || existsSync(join(root, "tmp")))) return;
    if (options.readOnly) {
      throw new KasaneError("not-found", `there is no image store in ${root}`, {
        hint: "the first pull, load or build makes one",
      });
    }
    makeRoot(root);
  } catch (error) {
    const { storeError } = require("./store-error.ts") as typeof import("./store-error.ts");
    throw storeError(`open the image store in ${root}`, error);
  }
}

function makeRoot(root: string): void {
  // Others may pass through root's store, for user namespaces with other uids; they can list and read nothing of it.
  const isRoot = process.getuid?.() === 0;
  mkdirSync(root, { recursive: true, mode: isRoot ? 0o711 : 0o700 });
  if (!existsSync(join(root, "meta.db"))) refuseStrangers(root);
  closeSync(openSync(join(root, "meta.db"), "a", 0o600));
  for (const name of ["blobs", "uploads", "indexes"]) makeDirectory(join(root, name), 0o700);
  for (const name of ["unpacked", "containers"]) makeDirectory(join(root, name), isRoot ? 0o711 : 0o700);
  writeFileSync(join(root, "oci-layout"), layoutFile);
  const { keepReserve } = require("./reserve.ts") as typeof import("./reserve.ts");
  keepReserve(root);
  makeDirectory(join(root, "tmp"), isRoot ? 0o711 : 0o700);
}

function makeDirectory(path: string, mode: number): void {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw error;
  }
}

/** Whom the kernel names in a user namespace for those who are not in it. */
const overflowUid = 65534;

/** What root writes into a user's store, that user could neither read nor remove. Nobody else can open it in the first place. */
function refuseOthersStore(root: string): void {
  const { uid } = statSync(join(root, "meta.db"));
  if (process.geteuid?.() !== 0 || uid === 0) return;
  const another = "choose another place with --root or KASANE_ROOT";
  const isUnmapped = uid === overflowUid;
  throw new KasaneError(
    "denied",
    `cannot open the image store in ${root}: it belongs to ${isUnmapped ? "somebody else" : `user ${uid}`}`,
    { hint: isUnmapped ? another : `run kasane as that user (sudo -u '#${uid}' kasane …), or ${another}` },
  );
}

/** An OCI layout of another program has its own index.json, and any other directory its own files: neither is ours to change. */
function refuseStrangers(root: string): void {
  const names = readdirSync(root).filter((name) => name !== "lost+found");
  // Another process may be making the same store at this very moment.
  if (names.length === 0 || existsSync(join(root, "meta.db"))) return;
  // Distribution keeps everything below docker/, which is ours in no other way: both stores can lie in one root while the one moves
  // into the other.
  if (names.length === 1 && existsSync(join(root, "docker/registry/v2"))) return;
  if (names.includes("indexes") && names.includes("unpacked")) {
    throw new KasaneError("io", `cannot open the image store in ${root}: its database meta.db is gone`, {
      hint: "put meta.db back; or move the directory away and read its images again from blobs/ with another tool",
    });
  }
  const isLayout = names.includes("oci-layout");
  throw new KasaneError(
    "conflict",
    isLayout
      ? `cannot keep images in ${root}: it is an OCI image layout that another program made`
      : `cannot keep images in ${root}: the directory holds something else (${names.slice(0, 3).join(", ")}${names.length > 3 ? ", …" : ""})`,
    { hint: "choose an empty or new directory with --root or KASANE_ROOT" },
  );
}
