// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how shells are written
/** Images for other platforms: without their programs, with an emulator, and what is said where there is none. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeBusyboxRoot } from "../busybox-root.ts";
import { kasane, missing, run, runOk } from "../outside.ts";

setDefaultTimeout(60_000);

/** The smallest program there is: the code (of one architecture, by ELF's number for it) and a text behind it. */
function program(machine: number, code: readonly number[], text = ""): Buffer {
  const [headBytes, address] = [120, 0x400000n];
  const file = Buffer.alloc(headBytes + code.length * 4 + text.length);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  const shorts = [
    [16, 2],
    [18, machine],
    [52, 64],
    [54, 56],
    [56, 1],
  ] as const;
  for (const [offset, value] of shorts) file.writeUInt16LE(value, offset);
  for (const [offset, value] of [
    [20, 1],
    [64, 1],
    [68, 5],
  ] as const)
    file.writeUInt32LE(value, offset);
  const size = BigInt(file.length);
  const longs = [
    [24, address + BigInt(headBytes)],
    [32, 64n],
    [80, address],
    [88, address],
    [96, size],
    [104, size],
    [112, 4096n],
  ] as const;
  for (const [offset, value] of longs) file.writeBigUInt64LE(value, offset);
  for (const [index, word] of code.entries()) file.writeUInt32LE(word, headBytes + index * 4);
  file.write(text, headBytes + code.length * 4);
  return file;
}

const isAmd64 = process.arch === "x64";

describe.skipIf(missing("busybox", "unshare") || process.getuid?.() !== 0 || !isAmd64)("kasane build", () => {
  let directory: string;
  const at = (name: string) => join(directory, name);
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "kasane-platforms-"));
    makeBusyboxRoot(at("rootfs"), "sh cat echo");
    mkdirSync(at("context"));
    await runOk([kasane, "--root", at("store"), "import", at("rootfs"), "base:1"]);
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const build = (dockerfile: string, ...flags: string[]) => {
    writeFileSync(at("context/Dockerfile"), dockerfile);
    return run([kasane, "--root", at("store"), "build", "--progress=plain", ...flags, at("context")]);
  };

  test("a cross build on the machine's own platform needs no emulator, and its common steps run once", async () => {
    const dockerfile = `FROM --platform=$BUILDPLATFORM base:1 AS tools
RUN echo a compiler > /compiler
FROM tools AS build
ARG TARGETOS TARGETARCH
RUN cat /compiler > /program && echo "for $TARGETOS/$TARGETARCH" >> /program
FROM scratch
COPY --from=build /program /program
`;
    const flags = [
      "--platform",
      "linux/amd64,linux/arm64,linux/riscv64",
      "-o",
      at("out"),
      "-t",
      "cross",
      "--load",
    ];
    const { code, err } = await build(dockerfile, ...flags);
    expect({ code, err }).toMatchObject({ code: 0 });
    for (const architecture of ["amd64", "arm64", "riscv64"]) {
      const program = readFileSync(at(`out/linux_${architecture}/program`), "utf8");
      expect(program).toBe(`a compiler\nfor linux/${architecture}\n`);
    }
    expect(err.match(/RUN echo a compiler/g)).toHaveLength(1);
    expect(err.match(/RUN cat \/compiler/g)).toHaveLength(3);
    const index = JSON.parse(await runOk([kasane, "--root", at("store"), "manifest", "inspect", "cross"]));
    expect(index.manifests.map(({ platform }: { platform: object }) => platform)).toEqual(
      ["amd64", "arm64", "riscv64"].map((architecture) => ({ architecture, os: "linux" })),
    );
  });

  /** No program, but the head of one: enough for the kernel to say no. */
  const foreign = 'FROM scratch\nCOPY hello /hello\nRUN ["/hello"]\n';

  test.skipIf(existsSync("/proc/sys/fs/binfmt_misc/qemu-riscv64"))(
    "a foreign program that cannot run names the package that is missing",
    async () => {
      writeFileSync(at("context/hello"), program(243, []), { mode: 0o755 });
      const { code, err } = await build(foreign, "--platform=linux/riscv64", "-t", "foreign");
      expect(code).toBe(126);
      expect(err).toContain("exec format error");
      expect(err).toContain("install the package qemu-user-static");
      expect(err).toContain("$BUILDPLATFORM");
    },
  );

  // The kernel has a list of emulators for each user namespace: that of the machine is left alone.
  test.skipIf(missing("qemu-aarch64-static", "mount"))("a foreign program runs through qemu", async () => {
    const code = [
      0xd2800020, 0x100000e1, 0xd28000e2, 0xd2800808, 0xd4000001, 0xd2800000, 0xd2800ba8, 0xd4000001,
    ];
    writeFileSync(at("context/hello"), program(183, code, "arm64!\n"), { mode: 0o755 });
    writeFileSync(at("context/Dockerfile"), foreign);
    const magic = String.raw`\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00`;
    const mask = String.raw`\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff`;
    const rule = `:qemu-aarch64:M::${magic}:${mask}:${Bun.which("qemu-aarch64-static")}:F`;
    writeFileSync(at("rule"), rule);
    const script = `read go
mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc || exit 77
cat ${at("rule")} > /proc/sys/fs/binfmt_misc/register || exit 77
exec ${kasane} --root ${at("emulated")} build --progress=plain --platform=linux/arm64 ${at("context")}`;
    const child = Bun.spawn(["unshare", "--user", "--mount", "sh", "-c", script], {
      stdin: "pipe",
      stdout: "ignore",
      stderr: "pipe",
    });
    for (let status = ""; !status.includes("unshared"); ) {
      // Its maps can be written once it is in its own namespace.
      const own = await run(["readlink", `/proc/${child.pid}/ns/user`]);
      const ours = await run(["readlink", "/proc/self/ns/user"]);
      status = own.out !== "" && own.out !== ours.out ? "unshared" : "";
    }
    for (const map of ["uid_map", "gid_map"]) writeFileSync(`/proc/${child.pid}/${map}`, "0 0 65536\n");
    child.stdin.write("go\n");
    child.stdin.end();
    const [exitCode, err] = await Promise.all([child.exited, new Response(child.stderr).text()]);
    // Before Linux 6.7 there is one list for the whole machine.
    if (exitCode === 77) return;
    expect({ exitCode, err }).toMatchObject({ exitCode: 0 });
    expect(err).toMatch(/^#2 [\d.]+ arm64!$/m);
  });
});
