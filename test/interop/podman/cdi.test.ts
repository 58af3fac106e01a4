/** run --device by the Container Device Interface gives what podman gives. podman 4 looks in /etc/cdi and /var/run/cdi only. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readdirSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeStepRoot } from "../../e2e/sandbox/step-root.ts";
import { kasane, missing, run, runOk } from "../../outside.ts";
import { type Peer, podman, removePodmanStorage, type Scratch, scratch } from "../peers.ts";

setDefaultTimeout(60_000);

const specDirectory = "/var/run/cdi";
const vendor = `kasane-${process.pid}.example`;
const file = join(specDirectory, `${vendor}.json`);

const spec = (directory: string) => ({
  cdiVersion: "0.5.0",
  kind: `${vendor}/thing`,
  containerEdits: { env: ["COMMON=1"] },
  devices: [
    {
      name: "one",
      containerEdits: {
        env: ["ONE=1"],
        deviceNodes: [
          { path: "/dev/thing", hostPath: "/dev/full" },
          { path: "/dev/mine", hostPath: "/dev/zero", fileMode: 0o640, uid: 7, gid: 8 },
          { path: "/dev/made", type: "c", major: 1, minor: 3 },
        ],
        mounts: [
          {
            hostPath: join(directory, "given"),
            containerPath: "/opt/given",
            options: ["ro", "nosuid", "nodev", "noexec", "bind"],
          },
        ],
      },
    },
    { name: "two", containerEdits: { env: ["TWO=1", "ONE=2"] } },
  ],
});

const show = `env | grep -E '^(COMMON|ONE|TWO)=' | sort
for node in /dev/thing /dev/mine /dev/made; do test -e $node && stat -c '%n %a %u %g %t:%T' $node; done
test -e /opt/given && cat /opt/given; grep -o ' /opt/given ro,[a-z,]*' /proc/self/mountinfo
echo x > /dev/made; head -c 2 /dev/mine | od; true`;

describe.skipIf(missing("podman", "runc", "busybox") || process.getuid?.() !== 0)("CDI, as podman", () => {
  let directory: Scratch;
  let pod: Peer;
  let isNew = false;
  const at = (name: string) => join(directory.path, name);
  beforeAll(async () => {
    directory = await scratch("cdi-podman");
    await makeStepRoot(at("rootfs"));
    await runOk(["tar", "-C", at("rootfs"), "--owner=0", "--group=0", "-cf", at("box.tar"), "."]);
    pod = await podman(at("podman"));
    await pod("import", "-q", at("box.tar"), "box");
    await runOk([kasane, "--root", at("store"), "import", at("box.tar"), "box"]);
    writeFileSync(at("given"), "given\n");
    isNew = mkdirSync(specDirectory, { recursive: true }) !== undefined;
    writeFileSync(file, JSON.stringify(spec(directory.path)));
  });
  afterAll(async () => {
    rmSync(file, { force: true });
    if (isNew && readdirSync(specDirectory).length === 0) rmdirSync(specDirectory);
    await removePodmanStorage(at("podman"));
    await directory?.[Symbol.asyncDispose]();
  });

  const both = async (names: readonly string[], ...argv: string[]) => {
    const devices = names.flatMap((name) => ["--device", `${vendor}/thing=${name}`]);
    const call = ["run", "--rm", "--network", "none", ...devices, ...argv];
    return {
      ours: await run([kasane, "--root", at("store"), ...call]),
      theirs: await run([...pod.argv, ...call], { env: pod.env as Record<string, string> }),
    };
  };

  test.each([
    [["one"], []],
    [["one", "two"], []],
    [
      ["two", "one"],
      ["-e", "ONE=9"],
    ],
  ])("%j with %j", async (names, flags) => {
    const { ours, theirs } = await both(names, ...flags, "box", "sh", "-c", show);
    expect(theirs.code, theirs.err).toBe(0);
    expect(ours.out, ours.err).toEqual(theirs.out);
  });

  test("a device that nobody describes is told by both", async () => {
    const { ours, theirs } = await both(["nope"], "box", "true");
    for (const { code, err } of [ours, theirs]) {
      expect(code).not.toBe(0);
      expect(err).toContain("unresolvable CDI device");
      expect(err).toContain("thing=nope");
    }
  });
});
