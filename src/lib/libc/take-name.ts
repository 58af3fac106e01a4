import { closeSync, constants, fstatSync } from "node:fs";
import { constants as osConstants } from "node:os";
import { type CString, cString } from "./c-string.ts";
import { fileCalls, LOCK_EX, LOCK_NB, O_CLOEXEC, ok } from "./file-calls.ts";

const AT_FDCWD = -100;
const AT_SYMLINK_FOLLOW = 0x400;

/**
 * Gives a file that has no name its name in an open directory, at once where nothing has it, and else in the place of what has it. For that it needs
 * another name for a moment. Who is killed in that moment leaves it, and the next who takes the same name takes it away: a lock says whether its
 * writer still lives.
 * @throws SystemError
 */
export function takeName(file: number, directory: number, name: CString, shownAs: string): void {
  const aside = asideOf(name);
  const taken = link(file, directory, name);
  if (taken !== -osConstants.errno.EEXIST) {
    ok(taken, "linkat", shownAs);
    removeAbandoned(directory, aside);
    return;
  }
  fileCalls().flock(file, LOCK_EX | LOCK_NB);
  const from = linkAside(file, directory, aside, shownAs);
  try {
    ok(fileCalls().renameat(directory, from, directory, name), "renameat", shownAs);
  } catch (error) {
    fileCalls().unlinkat(directory, from, 0);
    throw error;
  }
}

/** A name that is nobody's for as long as it is needed. */
export function freeAside(): CString {
  return cString(`.kasane-${crypto.randomUUID().slice(0, 13)}`);
}

function asideOf(name: CString): CString {
  return cString(`.kasane-${Bun.CryptoHasher.hash("sha256", name, "hex").slice(0, 12)}`);
}

function linkAside(file: number, directory: number, usual: CString, shownAs: string): CString {
  removeAbandoned(directory, usual);
  if (link(file, directory, usual) >= 0) return usual;
  // Somebody else is about to take the same name.
  const other = freeAside();
  ok(link(file, directory, other), "linkat", shownAs);
  return other;
}

function link(file: number, directory: number, name: CString): number {
  const itself = cString(`/proc/self/fd/${file}`);
  return fileCalls().linkat(AT_FDCWD, itself, directory, name, AT_SYMLINK_FOLLOW);
}

function removeAbandoned(directory: number, name: CString): void {
  // Whatever else has the name is not waited for.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | O_CLOEXEC;
  const left = fileCalls().openat(directory, name, flags, 0);
  if (left < 0) return;
  try {
    const isOurs = fstatSync(left).isFile() && fileCalls().flock(left, LOCK_EX | LOCK_NB) >= 0;
    if (isOurs) fileCalls().unlinkat(directory, name, 0);
  } finally {
    closeSync(left);
  }
}
