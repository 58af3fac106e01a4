import { type ErrorCode, errnoOf, isKasaneError } from "../../lib/mod.ts";

/**
 * What to do about an error that brings no hint of its own: where bytes are wrong, a limit is reached or a machine fails, the step is the
 * same whatever was being done. Errors of other codes say it where they are made; a test looks after that.
 */
export function nextStep(error: unknown, command?: string): string | undefined {
  if (!isKasaneError(error)) return afterFailedCall(error) ?? fault;
  if (error.hint !== undefined) return error.hint;
  if (error.code === "usage") return `see 'kasane ${command === undefined ? "" : `${command} `}--help'`;
  if (error.code === "io")
    return afterFailedCall(error.cause) ?? "KASANE_DEBUG=1 shows more of what happened";
  return generalSteps[error.code];
}

const damaged =
  "it is damaged or was made wrongly: get it again from where it came; if that does not help, it has to be made anew";
const freeSpace = "free some space: 'kasane system prune' removes what is not used";
const fault = "this is a fault of Kasane: run it again with KASANE_DEBUG=1, and report what it shows";

/** undefined: there is nothing to do, or it is in the error itself. */
export const generalSteps: Readonly<Partial<Record<ErrorCode, string | undefined>>> = {
  "digest-mismatch":
    "the data was damaged on its way or where it came from: try again; if it stays so, it has to be pushed or saved anew",
  "invalid-archive": damaged,
  "invalid-layer": damaged,
  "invalid-manifest": damaged,
  "invalid-config": damaged,
  "invalid-dockerfile": "correct it; 'kasane build --check' looks at the whole Dockerfile and builds nothing",
  "limit-exceeded": "limits keep bad input from filling memory and disk: make it smaller, or split it",
  network: "check the connection and the host's name, and try again",
  protocol: "the server does not keep to the specification: ask who runs it, or use another",
  "no-space": freeSpace,
  sandbox: "'kasane info' tells how programs are isolated here, and what is missing",
  // Callers of the library get these; the command line asks for no bytes that are not there.
  "range-not-satisfiable": fault,
  internal: fault,
  // Somebody wanted it so.
  cancelled: undefined,
};

/** By what the operating system said. */
const stepsByErrno: Readonly<Record<string, string>> = {
  ENOENT: "check the path: a part of it does not exist",
  ENOTDIR: "check the path: a part of it is not a directory",
  EISDIR: "name a file, not a directory",
  EACCES: "check who owns it, and whether this user may use it",
  EPERM: "check who owns it, and whether this user may use it",
  EROFS: "choose a place that can be written",
  ENOSPC: freeSpace,
  EDQUOT: freeSpace,
  EMFILE: "allow more open files: ulimit -n 65536",
  ENFILE: "allow more open files: ulimit -n 65536",
  EIO: "the disk may be failing: look at the kernel's messages with dmesg",
  ENAMETOOLONG: "choose a shorter name",
};

function afterFailedCall(error: unknown): string | undefined {
  return stepsByErrno[errnoOf(error) ?? ""];
}
