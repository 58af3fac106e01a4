import { arch } from "node:process";
import { armCode } from "./arm-code.ts";
import { elfProgram } from "./elf-program.ts";
import { x86Code } from "./x86-code.ts";

/**
 * The program that is process 1 of a container with `--init`, for this machine's processor: static, a few hundred bytes, and put together here.
 *
 *     block every signal
 *     child = clone(SIGCHLD)
 *     in the child: unblock, execve(argv[1], &argv[2], environment); exit 127
 *     for ever:
 *       signal = rt_sigtimedwait(every signal)
 *       if SIGCHLD: reap all there is; when it is the child, and nobody is left to reap: exit with its code, or 128 + signal
 *       else: kill(child, signal)
 */
export function makeInit(architecture: string = arch): Uint8Array | undefined {
  if (architecture === "x64") return elfProgram(x86Code(), "x86_64");
  if (architecture === "arm64") return elfProgram(armCode(), "aarch64");
  return undefined;
}
