import { addressOf, attempt, sys } from "./kernel.ts";

const SECCOMP_SET_MODE_FILTER = 1;
const SECCOMP_FILTER_FLAG_SPEC_ALLOW = 4;

/** Puts a filter (encodeProgram()) over this thread and whatever it becomes. Needs CAP_SYS_ADMIN here, or no_new_privs. */
export function installFilter(base64: string): void {
  const bytes = new Uint8Array(Buffer.from(base64, "base64"));
  const header = BigUint64Array.of(BigInt(bytes.length / 8), addressOf(bytes));
  // Without the flag every step pays for speculation barriers meant for filters written by somebody hostile.
  const done = attempt(
    () => sys("seccomp", SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, header),
    "EINVAL",
  );
  if (!done) sys("seccomp", SECCOMP_SET_MODE_FILTER, 0, header);
}
