import type { Instruction } from "./bpf.ts";

/** What the kernel would do: classic BPF over `struct seccomp_data`, one step at a time. */
export function decide(
  program: readonly Instruction[],
  call: { architecture: number; number: number; args?: readonly number[] },
): string {
  const errnos: Record<number, string> = { 327680: "success", 327681: "EPERM", 327718: "ENOSYS" };
  const data = new DataView(new ArrayBuffer(64));
  data.setUint32(0, call.number, true);
  data.setUint32(4, call.architecture, true);
  for (const [index, value] of (call.args ?? []).entries()) {
    data.setBigUint64(16 + 8 * index, BigInt.asUintN(64, BigInt(value)), true);
  }
  let accumulator = 0;
  for (let at = 0; ; ) {
    const [code, ifTrue, ifFalse, value] = program[at++]!;
    if (code === 0x20) accumulator = data.getUint32(value, true);
    else if (code === 0x54) accumulator = (accumulator & value) >>> 0;
    else if (code === 0x05) at += value;
    else if (code === 0x15) at += accumulator === value ? ifTrue : ifFalse;
    else if (code === 0x35) at += accumulator >= value ? ifTrue : ifFalse;
    else if (code === 0x25) at += accumulator > value ? ifTrue : ifFalse;
    else if (code === 0x06) {
      if (value === 0x7fff0000) return "allow";
      return errnos[value] ?? `?${value.toString(16)}`;
    } else return "unknown instruction";
  }
}
