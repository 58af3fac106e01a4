/** A Go service for another architecture by FROM --platform=$BUILDPLATFORM, compiled by the Go of this machine in a step: nothing of the other architecture is run. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { imageFrom, layoutSource } from "../../../src/image/mod.ts";
import { makeBusyboxRoot } from "../../busybox-root.ts";
import { hasPrograms, kasane, missing, run, runOk } from "../../outside.ts";
import { type Scratch, scratch } from "../peers.ts";

setDefaultTimeout(180_000);

const isMissing = missing("go", "busybox", "tar") || process.getuid?.() !== 0;

const source = `package main

import (
	"io"
	"net"
	"os"
	"runtime"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go func() {
		client, _ := listener.Accept()
		io.WriteString(client, "hello from "+runtime.GOARCH+"\\n")
		client.Close()
	}()
	connection, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		panic(err)
	}
	io.Copy(os.Stdout, connection)
}
`;
const dockerfile = `FROM --platform=$BUILDPLATFORM golang AS build
ARG TARGETOS TARGETARCH
WORKDIR /src
COPY go.mod main.go ./
RUN --network=none --mount=type=cache,target=/root/.cache/go-build \\
    CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH GOTOOLCHAIN=local GOFLAGS=-mod=mod \\
    go build -trimpath -ldflags="-s -w" -o /service .
FROM scratch
COPY --from=build /service /service
ENTRYPOINT ["/service"]
`;

describe.skipIf(isMissing)("a Go service for another architecture", () => {
  let directory: Scratch;
  const at = (name: string) => join(directory.path, name);
  const ours = (...args: string[]) => [kasane, "--root", at("store"), ...args];

  beforeAll(async () => {
    directory = await scratch("cross-build");
    makeBusyboxRoot(at("rootfs"), "sh");
    mkdirSync(at("rootfs/tmp"));
    mkdirSync(at("rootfs/usr/local"), { recursive: true });
    const root = (await runOk(["go", "env", "GOROOT"])).trim();
    const left = ["test", "api", "doc", "misc", "testdata", "*_test.go", ".git"].flatMap((name) => [
      "--exclude",
      name,
    ]);
    const copy = `mkdir "$1" && tar -C "$0" "\${@:2}" -c . | tar -C "$1" -x`;
    await runOk(["bash", "-c", copy, root, at("rootfs/usr/local/go"), ...left]);
    await runOk(ours("import", "-c", "ENV PATH=/usr/local/go/bin:/bin", at("rootfs"), "golang"));
    mkdirSync(at("context"));
    writeFileSync(at("context/main.go"), source);
    writeFileSync(at("context/go.mod"), "module service\n\ngo 1.21\n");
    writeFileSync(at("context/Dockerfile"), dockerfile);
  });
  afterAll(() => directory?.[Symbol.asyncDispose]());

  test("is compiled by this machine's own programs, and says what it is for", async () => {
    const other = process.arch === "arm64" ? "amd64" : "arm64";
    const out = ["-o", at("files"), "-o", `type=oci,tar=false,dest=${at("layout")}`];
    const call = ours("build", "--progress=plain", `--platform=linux/${other}`, ...out, at("context"));
    const { code, err } = await run(call);
    expect([code, err]).toEqual([0, expect.any(String)]);
    expect(readFileSync(at("files/service")).readUInt16LE(18)).toBe({ amd64: 0x3e, arm64: 0xb7 }[other]);
    const image = await imageFrom(await layoutSource(at("layout")));
    expect(image.config).toMatchObject({ os: "linux", architecture: other });
    const emulator = `qemu-${{ amd64: "x86_64", arm64: "aarch64" }[other]}-static`;
    if (hasPrograms(emulator)) {
      expect(await runOk([emulator, at("files/service")])).toBe(`hello from ${other}\n`);
    }
    const again = await run(call);
    expect(again.err).not.toMatch(/^#\d+ DONE [^0]/m);
    expect(again.err.match(/^#\d+ CACHED$/gm)?.length).toBe(4);
  });
});
