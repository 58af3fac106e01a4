/** Devices by the Container Device Interface, of containers and of RUN. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { missing } from "../outside.ts";
import { type Caller, describeAsEachUser } from "./sandbox/caller.ts";

setDefaultTimeout(60_000);

const spec = {
  cdiVersion: "0.6.0",
  kind: "vendor.example/thing",
  containerEdits: { env: ["COMMON=1"] },
  devices: [
    {
      name: "one",
      annotations: { "org.mobyproject.buildkit.device.class": "pair" },
      containerEdits: {
        env: ["ONE=1"],
        deviceNodes: [{ path: "/dev/thing", hostPath: "/dev/full" }],
        mounts: [
          {
            hostPath: "DIRECTORY/given",
            containerPath: "/opt/given",
            options: ["ro", "nosuid", "nodev", "noexec", "bind"],
          },
        ],
        additionalGids: [44],
      },
    },
    {
      name: "two",
      annotations: { "org.mobyproject.buildkit.device.class": "pair" },
      containerEdits: { env: ["TWO=1"] },
    },
    {
      name: "free",
      annotations: { "org.mobyproject.buildkit.device.autoallow": "true" },
      containerEdits: { env: ["FREE=1"] },
    },
    {
      name: "owned",
      containerEdits: {
        deviceNodes: [{ path: "/dev/mine", hostPath: "/dev/zero", fileMode: 0o640, uid: 33, gid: 44 }],
      },
    },
    {
      name: "absent",
      containerEdits: { deviceNodes: [{ path: "/dev/made", type: "c", major: 1, minor: 3 }] },
    },
    { name: "driverless", containerEdits: { deviceNodes: [{ path: "/dev/there-is-none" }] } },
    {
      name: "hooked",
      containerEdits: {
        hooks: [{ hookName: "createRuntime", path: "/bin/touch", args: ["touch", "DIRECTORY/called"] }],
      },
    },
  ],
};

function specsOf(caller: Caller, name: string, document: unknown = spec): string {
  const directory = join(caller.directory, name);
  mkdirSync(directory, { recursive: true });
  chmodSync(directory, 0o755);
  writeFileSync(join(caller.directory, "given"), "given\n");
  const text = JSON.stringify(document).replaceAll("DIRECTORY", caller.directory);
  writeFileSync(join(directory, "thing.json"), text);
  return directory;
}

describeAsEachUser("CDI", { isMissing: missing("busybox") }, (caller, mode) => {
  const isRoot = mode.user === undefined;
  const runWith = (device: string, ...argv: string[]) =>
    caller.call(
      ...["run", "--rm", "--cdi-spec-dir", specsOf(caller, "specs")],
      ...["--device", `vendor.example/thing=${device}`, "box", "sh", "-c", ...argv],
    );

  test("run gives environment, node and mount", async () => {
    const program =
      "echo $COMMON $ONE $TWO; cat /opt/given; test -c /dev/thing; echo x > /dev/thing; grep -o ' /opt/given ro[^ ]*' /proc/self/mountinfo";
    const { out, err } = await runWith("one", program);
    expect(out).toStartWith("1 1\ngiven\n /opt/given ro,nosuid,nodev,noexec");
    expect(err).toContain("No space left on device");
  });

  test("a node has the mode and owner of the specification where root makes it", async () => {
    const { out, err } = await runWith(
      "owned",
      "stat -c '%a %u %g %t:%T' /dev/mine; head -c 2 /dev/mine | wc -c",
    );
    expect({ out, err }).toEqual({
      out: isRoot ? "640 33 44 1:5\n2\n" : expect.stringContaining(" 1:5\n2\n"),
      err: "",
    });
    const made = await runWith("absent", "echo x > /dev/made; stat -c '%a %t:%T' /dev/made");
    if (isRoot) expect(made).toEqual({ code: 0, out: "666 1:3\n", err: "" });
    else expect(made.err).toContain("cannot make the device /dev/made (1:3): root is needed");
  });

  test("what is not there is told, with what there is", async () => {
    const nope = await runWith("nope", "true");
    expect(nope.code).toBe(125);
    expect(nope.err).toContain("unresolvable CDI device vendor.example/thing=nope");
    expect(nope.err).toContain("vendor.example/thing=one");
    const driverless = await runWith("driverless", "true");
    expect(driverless.code).toBe(125);
    expect(driverless.err).toContain("cannot give the device /dev/there-is-none");
  });

  test("hooks are refused without a runtime, and called by one", async () => {
    const refused = await runWith("hooked", "true");
    expect(refused.code).toBe(125);
    expect(refused.err).toContain("--runtime runc");
    if (missing("runc") || !isRoot) return;
    const flags = ["--runtime", "runc", "--cdi-spec-dir", specsOf(caller, "specs")];
    const device = ["--device", "vendor.example/thing=hooked", "--device", "vendor.example/thing=owned"];
    const { out, err } = await caller.call(
      ...["run", "--rm", ...flags, ...device, "box", "stat", "-c", "%a %u %g", "/dev/mine"],
    );
    expect({ out, err }).toEqual({ out: "640 33 44\n", err: "" });
    expect(existsSync(join(caller.directory, "called"))).toBe(true);
  });

  test("a container keeps the name, and inspect shows it", async () => {
    const specs = specsOf(caller, "later");
    const device = ["--device", "vendor.example/thing=one", "--device", "/dev/null:/dev/nothing"];
    await caller.call(
      ...["create", "--name", "kept", "--cdi-spec-dir", specs, ...device, "box", "sh", "-c", "echo $ONE"],
    );
    const { out } = await caller.call("container", "inspect", "kept");
    const { DeviceRequests, Devices } = JSON.parse(out)[0].HostConfig;
    expect(DeviceRequests).toMatchObject([{ Driver: "cdi", DeviceIDs: ["vendor.example/thing=one"] }]);
    expect(Devices).toHaveLength(1);
    // Looked up when it starts.
    const changed = JSON.parse(JSON.stringify(spec).replaceAll("ONE=1", "ONE=changed"));
    specsOf(caller, "later", changed);
    expect((await caller.call("start", "-a", "kept")).out).toBe("changed\n");
  });

  describe("RUN --device", () => {
    const build = async (instruction: string, ...flags: string[]) => {
      const context = join(caller.directory, "context");
      mkdirSync(context, { recursive: true });
      chmodSync(context, 0o755);
      writeFileSync(join(context, "Dockerfile"), `FROM box\n${instruction}\n`);
      const { code, err } = await caller.call(
        ...["build", "--progress=plain", "--cdi-spec-dir", specsOf(caller, "specs"), ...flags, context],
      );
      return { code, err, output: [...err.matchAll(/^#\d+ \d+\.\d+ (.*)$/gm)].map((match) => match[1]) };
    };
    const show = "echo [$COMMON$ONE$TWO$FREE]";

    test("needs --allow, but where the specification allows it", async () => {
      const refused = await build(`RUN --device=vendor.example/thing=one ${show}`);
      expect(refused.code).not.toBe(0);
      expect(refused.err).toContain("the device vendor.example/thing=one is not allowed in this build");
      expect(refused.err).toContain("--allow device=vendor.example/thing=one");
      expect((await build(`RUN --device=vendor.example/thing=free ${show}`)).output).toEqual(["[11]"]);
      const other = ["--allow", "device=vendor.example/thing=two"];
      expect((await build(`RUN --device=vendor.example/thing=one ${show} a`, ...other)).code).not.toBe(0);
    });

    test.each([
      ["vendor.example/thing=one", ["device"], "[11]"],
      ["vendor.example/thing=one,required", ["device=vendor.example/thing=one"], "[11]"],
      ["name=vendor.example/thing=two,required=true", ["device=vendor.example/thing=*"], "[11]"],
      ["pair", ["device=pair"], "[111]"],
      ["gpu", ["device=vendor.example/thing=two,alias=gpu"], "[11]"],
    ])("--device=%s with --allow %j", async (device, allow, expected) => {
      const flags = allow.flatMap((text) => ["--allow", text]);
      const { output, err } = await build(`RUN --device=${device} ${show}`, ...flags, "--no-cache");
      expect(output, err).toEqual([expected]);
    });

    test("gives the node, and leaves nothing of it in the image", async () => {
      const instruction =
        "RUN --device=vendor.example/thing=one cat /opt/given && ! echo x 2>/dev/null > /dev/thing && touch /kept";
      const { code, err, output } = await build(instruction, "--allow", "device", "-t", "made");
      expect({ code, output }, err).toEqual({ code: 0, output: ["given"] });
      const { out } = await caller.call(
        "run",
        "--rm",
        "made",
        "sh",
        "-c",
        "ls -d /kept /opt /dev/thing 2>&1",
      );
      expect(out).toContain("/kept");
      expect(out).toContain("/opt: No such file");
    });

    test("a name is part of the step's key", async () => {
      const of = (device: string) =>
        build(`RUN --device=vendor.example/thing=${device} date > /date`, "--allow", "device");
      expect((await of("one")).err).not.toContain("CACHED");
      expect((await of("one")).err).toContain("CACHED");
      expect((await of("two")).err).not.toContain("CACHED");
    });

    test("one that is required is an error where it is not there, another a warning", async () => {
      const required = await build("RUN --device=vendor.example/none=one,required true");
      expect(required.code).not.toBe(0);
      expect(required.err).toContain('required device "vendor.example/none=one" is not registered');
      const optional = await build("RUN --device=vendor.example/none hostname");
      expect(optional.code, optional.err).toBe(0);
      expect(optional.err).toContain("the device vendor.example/none is not given to the step");
      expect((await build("RUN --device=nonsense,required true")).err).toContain(
        '"nonsense" is not registered',
      );
      expect((await build("RUN --device=a.b/c=d,wanted=1 true")).err).toContain('unknown key "wanted"');
    });

    test("--device of the build is for every RUN", async () => {
      const { output, err } = await build(`RUN ${show}`, "--device", "vendor.example/thing=two");
      expect(output, err).toEqual(["[11]"]);
    });
  });

  test("buildah run --device gives it to a command", async () => {
    await caller.call("from", "--name", "working", "box");
    const device = ["--cdi-spec-dir", specsOf(caller, "specs"), "--device", "vendor.example/thing=one"];
    const { out, err } = await caller.call(
      ...["buildah", "run", ...device, "working", "sh", "-c", "echo $ONE; ls /dev/thing"],
    );
    expect({ out, err }).toEqual({ out: "1\n/dev/thing\n", err: "" });
  });
});
