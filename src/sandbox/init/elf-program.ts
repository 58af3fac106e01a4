const machines = { x86_64: 62, aarch64: 183 } as const;

const headerBytes = 64;
const segmentBytes = 56;
/** Where it is in memory. */
const base = 0x400000n;

/** An executable (elf(5)) of one segment that is read and run, whose code begins right behind the headers. */
export function elfProgram(code: Uint8Array, machine: keyof typeof machines): Uint8Array {
  const start = headerBytes + segmentBytes;
  const file = new Uint8Array(start + code.length);
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 2, true); // ET_EXEC
  view.setUint16(18, machines[machine], true);
  view.setUint32(20, 1, true);
  view.setBigUint64(24, base + BigInt(start), true);
  view.setBigUint64(32, BigInt(headerBytes), true);
  view.setUint16(52, headerBytes, true);
  view.setUint16(54, segmentBytes, true);
  view.setUint16(56, 1, true);
  view.setUint32(headerBytes, 1, true); // PT_LOAD
  view.setUint32(headerBytes + 4, 5, true); // readable, executable
  view.setBigUint64(headerBytes + 16, base, true);
  view.setBigUint64(headerBytes + 24, base, true);
  view.setBigUint64(headerBytes + 32, BigInt(file.length), true);
  view.setBigUint64(headerBytes + 40, BigInt(file.length), true);
  view.setBigUint64(headerBytes + 48, 0x10000n, true);
  file.set(code, start);
  return file;
}
