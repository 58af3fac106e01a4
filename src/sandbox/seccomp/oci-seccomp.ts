import type { CapabilityName } from "../capabilities.ts";
import { ownArchitectures } from "./bpf.ts";
import { refusedCalls } from "./default-filter.ts";

/** As libseccomp calls them. */
export const ociArchitectures = {
  x86_64: "SCMP_ARCH_X86_64",
  i386: "SCMP_ARCH_X86",
  aarch64: "SCMP_ARCH_AARCH64",
  arm: "SCMP_ARCH_ARM",
};

const EPERM = 1;
const ENOSYS = 38;

/** CLONE_NEW… of clone(2). */
const namespaceFlags = [0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000];

/** What filterProgram() refuses, as a runtime's configuration says it. */
export function defaultOciSeccomp(capabilities: readonly CapabilityName[]): Record<string, unknown> {
  const refuse = (names: readonly string[], errnoRet: number, args?: readonly unknown[]) => ({
    names,
    action: "SCMP_ACT_ERRNO",
    errnoRet,
    ...(args && { args }),
  });
  return {
    defaultAction: "SCMP_ACT_ALLOW",
    architectures: ownArchitectures.map((name) => ociArchitectures[name]),
    syscalls: [
      refuse(refusedCalls(capabilities), EPERM),
      ...(capabilities.includes("SYS_ADMIN")
        ? []
        : [
            ...namespaceFlags.map((bit) =>
              refuse(["clone"], EPERM, [{ index: 0, value: bit, valueTwo: bit, op: "SCMP_CMP_MASKED_EQ" }]),
            ),
            refuse(["clone3"], ENOSYS),
          ]),
      ...[38, 40].map((family) =>
        refuse(["socket"], EPERM, [{ index: 0, value: family, op: "SCMP_CMP_EQ" }]),
      ),
    ],
  };
}
