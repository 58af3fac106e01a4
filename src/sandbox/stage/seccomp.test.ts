import { describe, expect, test } from "bun:test";
import { arch } from "node:process";
import { filterProgram } from "./seccomp.ts";
import { auditArchitectures, type CallArchitecture, callTables } from "./seccomp-table.ts";

const ALLOW = "allow";

/** What the kernel would do: classic BPF over `struct seccomp_data`, one step at a time. */
function decide(
  program: ReturnType<typeof filterProgram>,
  call: { architecture: number; number: number; args?: readonly number[] },
): string {
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
    else if (code === 0x25) at += accumulator > value ? ifTrue : ifFalse;
    else if (code === 0x06) {
      if (value === 0x7fff0000) return ALLOW;
      return { 327680: "success", 327681: "EPERM", 327718: "ENOSYS" }[value] ?? `?${value.toString(16)}`;
    } else throw new Error(`instruction ${code}`);
  }
}

const architectures: readonly CallArchitecture[] = arch === "arm64" ? ["aarch64", "arm"] : ["x86_64", "i386"];
const plain = filterProgram({ singleUid: false });
const single = filterProgram({ singleUid: true });

test("filterProgram() keeps to what the kernel accepts", () => {
  for (const program of [plain, single]) {
    expect(program.length).toBeLessThanOrEqual(4096);
    program.forEach(([code, ifTrue, ifFalse, value], at) => {
      expect(ifTrue).toBeLessThanOrEqual(255);
      expect(ifFalse).toBeLessThanOrEqual(255);
      if (code === 0x06) return;
      const furthest = code === 0x05 ? value : Math.max(ifTrue, ifFalse);
      expect(at + 1 + furthest).toBeLessThan(program.length);
    });
  }
});

describe.each(architectures)("on %s", (name) => {
  const architecture = auditArchitectures[name];
  const tables = callTables(name);
  const ask = (number: number, args: readonly number[] = [], program = plain) =>
    decide(program, { architecture, number, args });

  test("every call of the table is refused", () => {
    expect(tables.denied.size).toBeGreaterThan(50);
    for (const [call, number] of tables.denied) expect([call, ask(number)]).toEqual([call, "EPERM"]);
  });

  test("everyday calls pass", () => {
    const tabled = new Set([...tables.denied.values(), ...tables.inspected.values()]);
    for (let number = 0; number <= 469; number++) {
      if (!tabled.has(number)) expect([number, ask(number)]).toEqual([number, ALLOW]);
    }
  });

  test("clone() makes threads and processes, but no namespaces", () => {
    const clone = tables.inspected.get("clone")!;
    expect(ask(clone, [0x3d0f00])).toBe(ALLOW);
    expect(ask(clone, [17])).toBe(ALLOW);
    for (const flag of [0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000]) {
      expect(ask(clone, [flag | 17])).toBe("EPERM");
    }
    expect(ask(tables.inspected.get("clone3")!)).toBe("ENOSYS");
  });

  test("personality() and socket() are told apart by their arguments", () => {
    const personality = tables.inspected.get("personality")!;
    expect([0, 8, 0x20000, 0x20008, 0xffffffff].map((value) => ask(personality, [value]))).toEqual(
      Array(5).fill(ALLOW),
    );
    expect(ask(personality, [0x0040000])).toBe("EPERM");
    const socket = tables.inspected.get("socket")!;
    expect([1, 2, 10, 16, 17].map((family) => ask(socket, [family]))).toEqual(Array(5).fill(ALLOW));
    expect([38, 40].map((family) => ask(socket, [family]))).toEqual(["EPERM", "EPERM"]);
  });

  test("calls that are newer than the table do not exist", () => {
    expect(ask(470)).toBe("ENOSYS");
    expect(ask(2 ** 30 + 165)).toBe("ENOSYS");
  });

  test("with a single uid, changes of owner and devices succeed without effect, files and fifos are made", () => {
    for (const number of tables.ownership.values()) {
      expect(ask(number, [], single)).toBe("success");
      expect(ask(number)).toBe(ALLOW);
    }
    const mknodat = tables.deviceMaking.get("mknodat")!;
    const modes = [0o020644, 0o060644, 0o100644, 0o010644, 0o140644];
    expect(modes.map((mode) => ask(mknodat, [-100, 0, mode], single))).toEqual([
      "success",
      "success",
      ALLOW,
      ALLOW,
      ALLOW,
    ]);
  });
});

test("an architecture nobody asked for has no calls at all", () => {
  for (const architecture of [0x80000015, 0xc00000f3, 0]) {
    expect(decide(plain, { architecture, number: 0 })).toBe("ENOSYS");
  }
});
