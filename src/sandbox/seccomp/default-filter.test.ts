import { describe, expect, test } from "bun:test";
import { arch } from "node:process";
import { capabilityNames, defaultCapabilities } from "../capabilities.ts";
import { filterProgram, ownershipCalls, refusedCalls } from "./default-filter.ts";
import { decide } from "./interpret.ts";
import { auditArchitectures, type CallArchitecture, callNumbers } from "./syscall-numbers.ts";

const ALLOW = "allow";

const architectures: readonly CallArchitecture[] = arch === "arm64" ? ["aarch64", "arm"] : ["x86_64", "i386"];
const capabilities = defaultCapabilities;
const plain = filterProgram({ singleUid: false, capabilities });
const single = filterProgram({ singleUid: true, capabilities });

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
  const numbers = callNumbers(name);
  const numbersOf = (names: readonly string[]) =>
    names.flatMap((call) => (numbers.has(call) ? [[call, numbers.get(call)!] as const] : []));
  const refused = numbersOf(refusedCalls(capabilities));
  const ask = (number: number, args: readonly number[] = [], program = plain) =>
    decide(program, { architecture, number, args });

  test("every call of the table is refused", () => {
    expect(refused.length).toBeGreaterThan(50);
    for (const [call, number] of refused) expect([call, ask(number)]).toEqual([call, "EPERM"]);
  });

  test("everyday calls pass", () => {
    const inspected = numbersOf(["clone", "clone3", "personality", "socket"]);
    const tabled = new Set([...refused, ...inspected].map(([, number]) => number));
    for (let number = 0; number <= 469; number++) {
      if (!tabled.has(number)) expect([number, ask(number)]).toEqual([number, ALLOW]);
    }
  });

  test("clone() makes threads and processes, but no namespaces", () => {
    const clone = numbers.get("clone")!;
    expect(ask(clone, [0x3d0f00])).toBe(ALLOW);
    expect(ask(clone, [17])).toBe(ALLOW);
    for (const flag of [0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000]) {
      expect(ask(clone, [flag | 17])).toBe("EPERM");
    }
    expect(ask(numbers.get("clone3")!)).toBe("ENOSYS");
  });

  test("personality() and socket() are told apart by their arguments", () => {
    const personality = numbers.get("personality")!;
    expect([0, 8, 0x20000, 0x20008, 0xffffffff].map((value) => ask(personality, [value]))).toEqual(
      Array(5).fill(ALLOW),
    );
    expect(ask(personality, [0x0040000])).toBe("EPERM");
    const socket = numbers.get("socket")!;
    expect([1, 2, 10, 16, 17].map((family) => ask(socket, [family]))).toEqual(Array(5).fill(ALLOW));
    expect([38, 40].map((family) => ask(socket, [family]))).toEqual(["EPERM", "EPERM"]);
  });

  test("capabilities open the calls that are of no use without them", () => {
    const open = filterProgram({ singleUid: false, capabilities: capabilityNames });
    for (const call of ["mount", "unshare", "setns", "bpf", "kcmp", "reboot", "open_by_handle_at"])
      expect([call, ask(numbers.get(call)!, [], open)]).toEqual([call, ALLOW]);
    expect(ask(numbers.get("clone")!, [0x10000000], open)).toBe(ALLOW);
    for (const call of ["kexec_load", "keyctl", "swapon"])
      expect([call, ask(numbers.get(call)!, [], open)]).toEqual([call, "EPERM"]);
  });

  test("calls that are newer than the table do not exist", () => {
    expect(ask(470)).toBe("ENOSYS");
    expect(ask(2 ** 30 + 165)).toBe("ENOSYS");
  });

  test("with a single uid, changes of owner and devices succeed without effect, files and fifos are made", () => {
    for (const [, number] of numbersOf(ownershipCalls)) {
      expect(ask(number, [], single)).toBe("success");
      expect(ask(number)).toBe(ALLOW);
    }
    const mknodat = numbers.get("mknodat")!;
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
