/** Flags of docker's and buildah's builds beside the Dockerfile: what RUN has around it, what the image gets and where it goes. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import buildCommand from "../../src/cli/commands/build.ts";
import { makeBusyboxRoot } from "../busybox-root.ts";
import { type Finished, kasane, missing, run, runOk } from "../outside.ts";

setDefaultTimeout(60_000);

/** docker 20.10 to 29, buildx 0.35 and buildah 1.44. */
const flagsOfOthers =
  `add-host allow annotation attest build-arg build-context builder cache-from cache-to call cgroup-parent check
  compress cpu-period cpu-quota cpu-shares cpuset-cpus cpuset-mems debug disable-content-trust file force-rm iidfile isolation label load
  memory memory-swap metadata-file network no-cache no-cache-filter output platform policy progress provenance pull push quiet rm sbom
  secret security-opt shm-size squash ssh tag target ulimit
  all-platforms arch authfile build-arg-file cache-ttl cap-add cap-drop cert-dir cgroupns compat-volumes cpp-flag creds cw decryption-key
  device disable-compression dns dns-option dns-search env format from group-add hooks-dir http-proxy identity-label ignorefile
  inherit-annotations inherit-labels ipc jobs layer-label layers logfile logsplit manifest no-hosts omit-history os os-feature os-version
  pid pull-always pull-never retry retry-delay rewrite-timestamp runtime save-stages sbom-image-output sbom-merge-strategy sbom-output
  sbom-purl-output sbom-scanner-command sbom-scanner-image sign-by signature-policy skip-unused-stages source-date-epoch
  source-policy-file stage-labels stdin timestamp tls-verify unsetannotation unsetenv unsetlabel userns userns-gid-map
  userns-gid-map-group userns-uid-map userns-uid-map-user uts variant volume`.split(/\s+/);

test("every flag of other builders is known", () => {
  const known = new Set(buildCommand.flags.map(({ name }) => name));
  expect(flagsOfOthers.filter((name) => !known.has(name))).toEqual([]);
});

describe.skipIf(missing("busybox", "unshare") || process.getuid?.() !== 0)("kasane build", () => {
  let directory: string;
  const at = (name: string) => join(directory, name);
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "kasane-build-flags-"));
    makeBusyboxRoot(at("rootfs"), "sh cat df env grep ls sort");
    await runOk([kasane, "--root", at("store"), "import", "-c", "LABEL of=base", at("rootfs"), "base"]);
    mkdirSync(at("context"));
    writeFileSync(at("context/a"), "a\n");
    await runOk([kasane, "shims", at("shims"), "buildah"]);
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  async function build(
    dockerfile: string,
    flags: readonly string[],
    options: { as?: "buildah"; at?: string } = {},
  ): Promise<Finished> {
    writeFileSync(at("context/Dockerfile"), dockerfile);
    const program = options.as ? [at(`shims/${options.as}`), "bud"] : [kasane, "build"];
    return run([...program, ...flags, ...(options.at ? [] : [at("context")])], {
      env: { KASANE_ROOT: at("store") },
      ...(options.at && { cwd: options.at }),
    });
  }
  const ran = ({ err }: Finished) => [...err.matchAll(/^#\d+ \d+\.\d+ (.*)$/gm)].map((match) => match[1]);
  const config = async (name: string) =>
    JSON.parse(await runOk([kasane, "--root", at("store"), "inspect", "--format", "{{json .Config}}", name]));

  test("RUN sees hosts, name servers, directories and limits that it was given, and none of it is in the image", async () => {
    const built = await build(
      "FROM base\nRUN grep db /etc/hosts; cat /etc/resolv.conf; ls /given; ulimit -n; df -k /dev/shm | grep shm; grep CapEff /proc/self/status\n",
      [
        ...["--progress=plain", "--add-host", "db:10.0.0.7", "--dns", "192.0.2.1", "--dns-search", "."],
        ...["--dns-option", "ndots:1", "-v", `${at("context")}:/given:ro`, "--ulimit", "nofile=1234"],
        ...["--shm-size", "1m", "--cap-drop", "ALL", "-t", "around", "--omit-history"],
      ],
    );
    expect(built.code, built.err).toBe(0);
    expect(ran(built).map((line) => line?.replace(/\s+/g, " "))).toEqual([
      "10.0.0.7 db",
      "nameserver 192.0.2.1",
      "options ndots:1",
      "Dockerfile",
      "a",
      "1234",
      expect.stringMatching(/^\w+ 1024 .*\/dev\/shm$/),
      "CapEff: 0000000000000000",
    ]);
    const files = await runOk([kasane, "--root", at("store"), "ls", "-R", "around:/"]);
    expect(files).not.toMatch(/given|resolv|hosts/);
  });

  test("an address decides no result, a capability does", async () => {
    const step = "FROM base\nRUN echo cached-or-not\n";
    const cached = async (...flags: string[]) =>
      (await build(step, ["--progress=plain", ...flags])).err.includes("CACHED");
    await cached("--add-host", "db:10.0.0.7");
    expect(await cached("--add-host", "db:10.0.0.8", "--memory", "1g")).toBe(true);
    expect(await cached("--add-host", "other:10.0.0.8")).toBe(false);
    expect(await cached("--cap-drop", "CHOWN")).toBe(false);
    expect(await cached("--cache-ttl", "1h", "--cap-drop", "CHOWN")).toBe(true);
    expect(await cached("--cache-ttl", "0", "--cap-drop", "CHOWN")).toBe(false);
  });

  test("--build-arg-file is read no further than its limit", async () => {
    for (const [file, reason] of [
      ["/dev/zero", "/dev/zero is larger than the limit of 1048576 bytes"],
      [at("nope"), `cannot read the file ${at("nope")}: ENOENT`],
    ] as const) {
      const { code, err } = await build("FROM scratch\n", ["--build-arg-file", file]);
      expect([code, err]).toEqual([125, expect.stringContaining(reason)]);
    }
  });

  test("--env, --unsetenv, --unsetlabel, --inherit-labels, --build-arg-file, --from, --omit-history", async () => {
    writeFileSync(at("arguments"), "# these\nA=1\nB=2\n");
    const dockerfile = "FROM nothing\nARG A\nARG B\nENV C=$A$B OWN=file\nLABEL own=1 other=2\nCOPY a /a\n";
    const flags = [
      "--from",
      "base",
      "--build-arg-file",
      at("arguments"),
      "--build-arg",
      "B=3",
      "--env",
      "E=5",
    ];
    const built = await build(dockerfile, [
      ...flags,
      "--env",
      "OWN=flag",
      "--unsetlabel",
      "other",
      "-t",
      "changed",
    ]);
    expect(built.code, built.err).toBe(0);
    expect(await config("changed")).toMatchObject({ Labels: { of: "base", own: "1" } });
    expect((await config("changed")).Env).toEqual(expect.arrayContaining(["E=5", "OWN=file", "C=13"]));
    await build(dockerfile, [
      ...flags,
      "--unsetenv",
      "C",
      "--inherit-labels=false",
      "--omit-history",
      "-t",
      "fewer",
    ]);
    expect(await config("fewer")).toMatchObject({ Labels: { own: "1", other: "2" } });
    expect((await config("fewer")).Env.join()).not.toContain("C=");
    expect(await runOk([kasane, "--root", at("store"), "history", "--no-trunc", "fewer"])).not.toContain(
      "COPY",
    );
  });

  test("several -f are one file, --ignorefile stands in for .dockerignore, and buildah needs no context", async () => {
    writeFileSync(at("context/second"), "COPY . /all\n");
    writeFileSync(at("ignore"), "second\n");
    await build("FROM base\n", [
      "-f",
      at("context/Dockerfile"),
      "-f",
      "second",
      "--ignorefile",
      at("ignore"),
      "-t",
      "both",
    ]);
    expect(
      (await runOk([kasane, "--root", at("store"), "ls", "both:/all"])).split("\n").filter(Boolean),
    ).toEqual(["Dockerfile", "a"]);
    const here = await build("FROM base\nCOPY a /here\n", ["-t", "here"], {
      as: "buildah",
      at: at("context"),
    });
    expect(here.code, here.err).toBe(0);
    const none = await run([kasane, "build"], { cwd: at("context") });
    expect(none.err).toContain("requires exactly 1 argument");
  });

  test("-t may be a place for buildah, and --manifest a list", async () => {
    const step = "FROM base\nCOPY a /a\n";
    const place = at("layout");
    const built = await build(
      step,
      [
        "-t",
        `oci:${place}:v1`,
        "-t",
        `docker-archive:${at("image.tar")}`,
        "-t",
        `dir:${at("dir")}`,
        "-t",
        "kept",
      ],
      { as: "buildah" },
    );
    expect(built.code, built.err).toBe(0);
    const index = JSON.parse(readFileSync(join(place, "index.json"), "utf8"));
    expect(index.manifests.map(({ annotations }: { annotations: object }) => annotations)).toMatchObject([
      { "org.opencontainers.image.ref.name": "v1" },
    ]);
    expect([at("image.tar"), at("dir/manifest.json")].map(existsSync)).toEqual([true, true]);
    expect((await config("kept")).Labels).toEqual({ of: "base" });
    // Elsewhere it is a name like any other.
    await build(step, ["-t", "oci:v1"]);
    expect((await config("oci:v1")).Labels).toEqual({ of: "base" });
    for (const platform of ["linux/amd64", "linux/arm64"]) {
      await build("FROM scratch\nCOPY a /a\n", ["--manifest", "list", "--platform", platform]);
    }
    const list = JSON.parse(await runOk([kasane, "--root", at("store"), "manifest", "inspect", "list"]));
    expect(
      list.manifests.map(({ platform }: { platform: { architecture: string } }) => platform.architecture),
    ).toEqual(["amd64", "arm64"]);
  });

  test("--logfile, --pull=never, networks of others, and flags that mean nothing here", async () => {
    const quiet = await build("FROM base\nRUN echo in-the-log\n", [
      "--no-cache",
      "--logfile",
      at("log"),
      "--rm",
      "--force-rm",
      "--isolation=chroot",
      "--network=bridge",
    ]);
    expect(quiet.err).not.toContain("in-the-log");
    expect(readFileSync(at("log"), "utf8")).toMatch(/^#2 \d+\.\d{3} in-the-log$/m);
    const never = await build("FROM registry.invalid/none\n", ["--pull=never"]);
    expect(never.err).toMatch(/registry.invalid\/none/);
    expect((await build("FROM base\n", ["--network", "mine"])).err).toContain("RUN cannot be in the network");
    const refused = await build("FROM base\n", ["--hooks-dir=/x"]);
    expect([refused.code, refused.err]).toEqual([1, expect.stringMatching(/no --hooks-dir\nhint: .*RUN/)]);
  });

  test("--skip-unused-stages=false builds what nobody reads from; --save-stages keeps what is below the target", async () => {
    const dockerfile =
      "FROM base AS broken\nRUN exit 3\nFROM base AS below\nRUN echo 1 >/one\nFROM below AS middle\nRUN echo 2 >/two\nFROM base\nCOPY --from=middle /two /\nFROM scratch AS above\nCOPY missing /\n";
    const target = ["--target", "3", "-t", "saved"];
    expect((await build(dockerfile, target)).code).toBe(0);
    const all = await build(dockerfile, [...target, "--skip-unused-stages=false"]);
    expect([all.code, all.err]).toEqual([3, expect.stringContaining("RUN exit 3")]);
    expect((await build(dockerfile, [...target, "--stage-labels"])).err).toContain(
      "--stage-labels needs --save-stages",
    );
    expect((await build(dockerfile, [...target, "--save-stages", "--stage-labels"])).code).toBe(0);
    const ids = (
      await runOk([kasane, "--root", at("store"), "images", "-q", "--no-trunc", "--filter", "dangling=true"])
    )
      .trim()
      .split("\n");
    const images = await Promise.all(
      [...ids, "saved"].map(async (id) => ({ id, labels: (await config(id)).Labels })),
    );
    // Other tests leave images without a name as well.
    const own = images.filter(({ labels }) => labels?.["io.buildah.stage.name"] !== undefined);
    const named = new Map(own.map(({ id, labels }) => [labels["io.buildah.stage.name"], { id, labels }]));
    expect([...named.keys()].sort()).toEqual(["3", "below", "middle"]);
    expect(named.get("below")!.labels).toMatchObject({ of: "base", "io.buildah.stage.base": "base:latest" });
    expect(named.get("middle")!.labels["io.buildah.stage.base"]).toBe(named.get("below")!.id);
    expect(await runOk([kasane, "--root", at("store"), "cat", `${named.get("middle")!.id}:/one`])).toBe(
      "1\n",
    );
  });

  test("--all-platforms builds for those that every base is for", async () => {
    const call = (...args: string[]) => runOk([kasane, "--root", at("store"), ...args]);
    for (const [name, platforms] of [
      ["three", ["amd64", "arm64", "s390x"]],
      ["two", ["arm64", "amd64"]],
      ["other", ["riscv64"]],
    ] as const) {
      for (const arch of platforms) {
        await call(
          "import",
          "--platform",
          `linux/${arch}`,
          "-c",
          `LABEL for=${arch}`,
          at("rootfs"),
          `${name}-${arch}`,
        );
      }
      await call("manifest", "create", name, ...platforms.map((arch) => `${name}-${arch}`));
    }
    const dockerfile =
      "FROM two AS tools\nFROM --platform=linux/s390x three AS own\nFROM three\nCOPY --from=tools /bin/sh /x\nCOPY --from=own /bin/sh /y\n";
    expect((await build(dockerfile, ["--all-platforms", "-t", "every"])).err).toContain("every");
    const list = JSON.parse(await call("manifest", "inspect", "every"));
    expect(
      list.manifests.map(({ platform }: { platform: { architecture: string } }) => platform.architecture),
    ).toEqual(["amd64", "arm64"]);
    const none = await build("FROM two AS a\nFROM other\nCOPY --from=a /bin/sh /x\n", ["--all-platforms"]);
    expect([none.code, none.err]).toEqual([125, expect.stringContaining("no platform that all of")]);
    const both = await build(dockerfile, ["--all-platforms", "--platform", "linux/amd64"]);
    expect(both.err).toContain("cannot both be given");
    expect((await build("FROM scratch\n", ["--all-platforms"])).err).toContain("no stage stands on an image");
  });

  test("--call answers without building", async () => {
    const dockerfile =
      "# V is a version\nARG V=1\nFROM base AS one\nRUN --mount=type=secret,id=s,required=true --mount=type=cache,target=/c true\n# two is last\nFROM scratch AS two\nARG V\nCOPY --from=one /bin/sh /\n";
    const call = async (method: string) => (await build(dockerfile, ["--call", method])).out;
    expect(await call("outline")).toBe(
      "TARGET:      two\nDESCRIPTION: is last\n\nBUILD ARG   VALUE   DESCRIPTION\nV           1       is a version\n\nSECRET   REQUIRED\ns        true\n\nCACHE MOUNT\n/c\n",
    );
    expect(await call("targets")).toBe(
      "TARGET         DESCRIPTION\none            \ntwo (default)  is last\n",
    );
    expect(JSON.parse(await call("targets,format=json")).targets[1]).toMatchObject({
      name: "two",
      default: true,
      base: "scratch",
    });
    expect(JSON.parse(await call("outline,format=json"))).toMatchObject({
      args: [{ name: "V", value: "1" }],
      cache: [{ id: "/c" }],
    });
    const checked = await build("from base\nRUN true\n", ["--call", "check,format=json"]);
    expect(JSON.parse(checked.out).warnings[0]).toMatchObject({ ruleName: "ConsistentInstructionCasing" });
    expect([
      checked.code,
      (await build("from base\nRUN true\n", ["--call", "check,ignorestatus"])).code,
    ]).toEqual([1, 0]);
  });
});
