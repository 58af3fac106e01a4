import { describe, expect, test } from "bun:test";
import { arch } from "node:process";
import { capabilityNames, defaultCapabilities } from "../capabilities.ts";
import { decide } from "./interpret.ts";
import { profileProgram } from "./profile-filter.ts";
import { auditArchitectures, callNumbers } from "./syscall-numbers.ts";

const name = arch === "arm64" ? "aarch64" : "x86_64";
const numbers = callNumbers(name);
const usual = { capabilities: defaultCapabilities, kernel: "6.1.0-13-amd64" };

function ask(profile: unknown, call: string, args: readonly number[] = [], options = usual): string {
  const program = profileProgram(JSON.stringify(profile), options);
  return decide(program, { architecture: auditArchitectures[name], number: numbers.get(call)!, args });
}

const deny = (...syscalls: unknown[]) => ({ defaultAction: "SCMP_ACT_ERRNO", syscalls });
const allow = (names: string[], more = {}) => ({ names, action: "SCMP_ACT_ALLOW", ...more });

test("a profile's list is allowed and the rest gets its default", () => {
  const profile = deny(allow(["read", "write", "openat"]), { name: "close", action: "SCMP_ACT_ALLOW" });
  expect(["read", "write", "openat", "close", "mount", "getpid"].map((call) => ask(profile, call))).toEqual([
    ...Array(4).fill("allow"),
    ...Array(2).fill("EPERM"),
  ]);
  expect(ask({ ...profile, defaultErrnoRet: 38 }, "mount")).toBe("ENOSYS");
});

const big = 2 ** 33 + 5;
test.each([
  ["SCMP_CMP_EQ", 5, [5], [4, 6, big]],
  ["SCMP_CMP_NE", 5, [4, 6, big], [5]],
  ["SCMP_CMP_GT", 5, [6, big], [5, 4]],
  ["SCMP_CMP_GE", 5, [5, 6, big], [4]],
  ["SCMP_CMP_LT", 5, [4, 0], [5, 6, big]],
  ["SCMP_CMP_LE", 5, [5, 4], [6, big]],
  ["SCMP_CMP_EQ", big, [big], [5, 2 ** 33]],
  ["SCMP_CMP_GT", big, [big + 1, 2 ** 34], [big, 6, 2 ** 32 + 9]],
  ["SCMP_CMP_LT", big, [5, 2 ** 32 + 9], [big, 2 ** 34]],
])("%s %d compares both halves of an argument", (op, value, yes, no) => {
  const profile = deny(allow(["personality"], { args: [{ index: 0, value, op }] }));
  expect(yes.map((one) => ask(profile, "personality", [one]))).toEqual(yes.map(() => "allow"));
  expect(no.map((one) => ask(profile, "personality", [one]))).toEqual(no.map(() => "EPERM"));
});

test("a mask looks at some bits only", () => {
  const args = [{ index: 0, value: 0x7e020000, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" }];
  const profile = deny(allow(["clone"], { args }));
  expect(ask(profile, "clone", [17])).toBe("allow");
  expect(ask(profile, "clone", [0x10000000 | 17])).toBe("EPERM");
});

test("conditions on several arguments hold together, on one argument they are alternatives", () => {
  const both = deny(
    allow(["socket"], {
      args: [
        { index: 0, value: 1, op: "SCMP_CMP_EQ" },
        { index: 1, value: 2, op: "SCMP_CMP_EQ" },
      ],
    }),
  );
  expect(
    [
      [1, 2],
      [1, 3],
      [2, 2],
    ].map((args) => ask(both, "socket", args)),
  ).toEqual(["allow", "EPERM", "EPERM"]);
  const either = deny(
    allow(["socket"], {
      args: [
        { index: 0, value: 1, op: "SCMP_CMP_EQ" },
        { index: 0, value: 2, op: "SCMP_CMP_EQ" },
      ],
    }),
  );
  expect([[1], [2], [3]].map((args) => ask(either, "socket", args))).toEqual(["allow", "allow", "EPERM"]);
});

describe("rules for some circumstances", () => {
  const own = arch === "arm64" ? "arm64" : "amd64";
  test.each([
    [{ includes: { caps: ["CAP_SYS_ADMIN"] } }, "EPERM"],
    [{ includes: { caps: ["CAP_CHOWN"] } }, "allow"],
    [{ excludes: { caps: ["CAP_CHOWN"] } }, "EPERM"],
    [{ includes: { arches: ["s390x"] } }, "EPERM"],
    [{ includes: { arches: [own] } }, "allow"],
    [{ excludes: { arches: [own] } }, "EPERM"],
    [{ includes: { minKernel: "4.8" } }, "allow"],
    [{ includes: { minKernel: "6.2" } }, "EPERM"],
    [{ includes: null, excludes: null, args: null }, "allow"],
  ])("%p", (circumstances, outcome) => {
    expect(ask(deny(allow(["mount"], circumstances)), "mount")).toBe(outcome);
  });
  test("a capability brings its calls", () => {
    const profile = deny(allow(["mount"], { includes: { caps: ["CAP_SYS_ADMIN"] } }));
    expect(ask(profile, "mount", [], { ...usual, capabilities: capabilityNames as never })).toBe("allow");
  });
});

test.each([
  ["[]", "it is no object"],
  ["{", "JSON"],
  ["{}", 'unknown action ""'],
  ['{"defaultAction":"SCMP_ACT_NOTIFY"}', 'unknown action "SCMP_ACT_NOTIFY"'],
  [
    JSON.stringify(deny(allow(["read"], { args: [{ index: 9, value: 1, op: "SCMP_CMP_EQ" }] }))),
    "argument 9",
  ],
  [JSON.stringify(deny(allow(["read"], { args: [{ index: 0, value: 1, op: "=" }] }))), "unknown comparison"],
])("%s is no profile", (text, why) => {
  expect(() => profileProgram(text, usual)).toThrow(why);
});
