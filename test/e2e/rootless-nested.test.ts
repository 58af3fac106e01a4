/** The compiled program where something is withheld: in its own namespaces, in containers, without capabilities, without user namespaces. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { makeBaseRoot } from "../../scripts/base-root.ts";
import { type Peer, podman, removePodmanStorage } from "../interop/peers.ts";
import { checkout, kasane, missing, run, runOk } from "../outside.ts";
import { Account } from "./rootless/account.ts";
import { makeBase } from "./rootless/material.ts";
import { makeUserModes } from "./sandbox/modes.ts";

const isMissing = missing("busybox", "setcap", "tar");
const users = makeUserModes();
const isSkipped = isMissing || users.length === 0;

const singleUid = "warning: only your own uid is available (see 'kasane info'): ";
const rights = "what RUN gives to other users belongs to root in the image";
const asRoot = "user 65534 runs as root of the user namespace";
const nothing = (reason: string) => `Mode: rootless (no user namespace, nothing can be run: ${reason})`;
const refusal = (where: string, reason: string, hint: string) =>
  `kasane: ${where}cannot make a user namespace: ${reason}${where === "" ? "" : "\n  2 | RUN …\n    | ^"}\nhint: ${hint}`;

/** Everything works, with other uids or with none. */
const full = (mode: string) => [
  mode,
  "imported",
  "ran as 65534",
  "run: 0",
  "build: 0",
  "copy: 0",
  "prune: 0",
];
const single = (mode: string) => [
  ...[mode, "imported", "ran as 0", `${singleUid}${asRoot}`, "run: 0"],
  ...[`${singleUid}${rights}`, "build: 0", "copy: 0", "prune: 0"],
];
/** Everything but running works. */
const closed = (reason: string, hint: string) => [
  ...[nothing(reason), "imported"],
  ...[...refusal("", reason, hint).split("\n"), "run: 125"],
  ...[...refusal("Dockerfile:2: ", reason, hint).split("\n"), "build: 125"],
  ...["copy: 0", "prune: 0"],
];

/** The lines of inside.sh without what differs from place to place. */
function said(text: string): string[] {
  return (
    text
      // Told once, where a machine (or a container) has nothing that carries packets.
      .replaceAll(/^warning: containers reach nothing outside here: .*\n/gm, "")
      .replaceAll(/^ +2 \| RUN .*\n +\| \^+$/gm, "  2 | RUN …\n    | ^")
      .trimEnd()
      .split("\n")
  );
}

let work: string;
let program: string;
let baseTar: string;
const script = join(import.meta.dir, "rootless/inside.sh");

beforeAll(async () => {
  if (isSkipped) return;
  work = mkdtempSync(join(tmpdir(), "kasane-nested-"));
  chmodSync(work, 0o755);
  baseTar = await makeBase(join(work, "base"));
  await runOk([join(checkout, "scripts/bun"), "scripts/build.ts"], { cwd: checkout });
  // Alone in its directory: nothing of the project is near.
  mkdirSync(join(work, "alone"));
  program = join(work, "alone/kasane");
  copyFileSync(join(checkout, "dist/kasane"), program);
  chmodSync(program, 0o755);
  cpSync(script, join(work, "inside.sh"));
}, 120_000);
afterAll(() => work && rmSync(work, { recursive: true, force: true }));

/** A directory for one call, and the environment that inside.sh wants. */
function place(own?: (path: string) => void): { directory: string; env: Record<string, string> } {
  const directory = mkdtempSync(join(work, "call-"));
  mkdirSync(join(directory, "context"));
  own?.(directory);
  const env = {
    KASANE: program,
    BASE: baseTar,
    WORK: join(directory, "context"),
    KASANE_ROOT: join(directory, "store"),
    PATH: "/usr/bin:/bin",
  };
  return { directory, env };
}

describe.skipIf(isSkipped)("the compiled program, alone", () => {
  test("as root", async () => {
    const { env } = place();
    expect(said(await runOk(["env", "-i", ...assignments(env), "sh", script]))).toEqual(full("Mode: root"));
  }, 60_000);

  test.each(users.map((mode) => [mode.name, mode] as const))(
    "as an ordinary user with %s, also in its own namespace",
    async (_, mode) => {
      const account = new Account(mode);
      try {
        const calls = [
          {
            argv: [],
            open: "user namespace",
            one: `one uid: /etc/subuid has no entry for ${account.user.name}`,
          },
          { argv: [program, "unshare"], open: "user namespace", one: "one uid" },
          { argv: [program, "unshare", program, "unshare"], open: "user namespace", one: "one uid" },
        ];
        for (const { argv, open, one } of calls) {
          const { env } = place((path) => account.own(path));
          const { out } = await account.run([...argv, "sh", join(work, "inside.sh")], env);
          expect(said(out)).toEqual(
            account.hasSubordinates ? full(`Mode: rootless (${open})`) : single(`Mode: rootless (${one})`),
          );
        }
        const { env } = place((path) => account.own(path));
        const { out } = await account.shell(
          `cd $WORK; k=$KASANE; $k import -c 'CMD ["sh", "-c", "echo hello"]' $BASE base:1 > id
          $k run --name first base:1 && $k commit first second:1 > id && $k save -o second.tar second:1 && $k rmi -f second:1 > list
          $k load -q -i second.tar && $k run --rm second:1; $k export first | tar -t | grep -c ^bin/; $k rm first; $k --version | cut -d ' ' -f 1`,
          env,
        );
        expect(out).toMatch(/^hello\nLoaded image: second:1\nhello\n\d+\nfirst\nkasane\n$/);
      } finally {
        account.dispose();
      }
    },
    60_000,
  );

  test("is no entrance to the sandbox by hand", async () => {
    const { code, err } = await run([program, "__sandbox-stage"]);
    expect({ code, err }).toEqual({ code: 125, err: "kasane: this entry is for kasane's own use\n" });
    const { env } = place();
    await runOk([program, "import", baseTar, "base:1"], { env });
    const call = [program, "run", "--rm", "base:1", "sh", "-c", "echo $0", "__sandbox-stage"];
    expect(await runOk(call, { env })).toBe("__sandbox-stage\n");
  });
});

describe.skipIf(isSkipped)("root without", () => {
  const rootless = "Mode: rootless (user namespace)";
  const setfcap = "root without the capability SETFCAP cannot be mapped";
  const setfcapHint = "run as another user than root, or start the container with --cap-add SETFCAP";
  const noEntry = "Mode: rootless (one uid: /etc/subuid has no entry for root)";
  test.each([
    ["CAP_SYS_ADMIN", ["--bounding-set", "-sys_admin"], full(rootless)],
    [
      "CAP_SYS_ADMIN and the way to gain it",
      ["--bounding-set", "-sys_admin", "--no-new-privs"],
      full(rootless),
    ],
    ["CAP_SETUID as well", ["--bounding-set", "-sys_admin,-setuid"], single(noEntry)],
    ["CAP_SETFCAP as well", ["--bounding-set", "-sys_admin,-setfcap"], closed(setfcap, setfcapHint)],
    ["any capability", ["--bounding-set", "-all"], closed(setfcap, setfcapHint)],
  ])(
    "%s",
    async (_, flags, expected) => {
      const { env } = place();
      expect(
        said(await runOk(["setpriv", ...flags, "env", "-i", ...assignments(env), "sh", script])),
      ).toEqual(expected);
    },
    60_000,
  );
});

describe.skipIf(isSkipped)("an ordinary user who may", () => {
  const mode = users.find(({ name }) => name === "subordinate uids")!;

  test("gain no privileges has one uid", async () => {
    const account = new Account(mode);
    try {
      const { env } = place((path) => account.own(path));
      const { out } = await account.run(["setpriv", "--no-new-privs", "sh", join(work, "inside.sh")], env);
      const [, ...rest] = said(out);
      expect(rest).toEqual(single("").slice(1));
    } finally {
      account.dispose();
    }
  }, 60_000);

  test("not run newuidmap has one uid", async () => {
    const account = new Account(mode);
    try {
      const { env } = place((path) => account.own(path));
      const command = account.command(["sh", join(work, "inside.sh")], env);
      const hidden = 'mount --bind /dev/null "$(command -v newuidmap)" && exec "$@"';
      const out = await runOk(["unshare", "--mount", "sh", "-c", hidden, "sh", ...command]);
      expect(said(out)).toEqual(
        single("Mode: rootless (one uid: newuidmap is not installed (package uidmap))"),
      );
    } finally {
      account.dispose();
    }
  }, 60_000);

  test("make no user namespace is told which setting forbids it", async () => {
    const { directory, env } = place((path) => void Bun.spawnSync(["chown", "-R", "1000:1000", path]));
    const inside = [
      // An exec after the ids are mapped brings the capabilities back.
      'read -r _; exec sh -c "$1" "$@"',
      'echo 0 > /proc/sys/user/max_user_namespaces && exec setpriv --reuid=1000 --regid=1000 --clear-groups -- env -i "$@"',
    ] as const;
    const child = Bun.spawn(
      [
        ...["unshare", "--user", "--mount", "sh", "-c", inside[0], "sh", inside[1]],
        ...[...assignments(env), "sh", join(work, "inside.sh")],
      ],
      { stdio: ["pipe", "pipe", "inherit"], cwd: directory },
    );
    await until(async () => (await Bun.file(`/proc/${child.pid}/comm`).text()).trim() === "sh");
    for (const map of ["uid_map", "gid_map"]) writeFileSync(`/proc/${child.pid}/${map}`, "0 0 5000\n");
    child.stdin.write("\n");
    child.stdin.end();
    const hint = "the setting user.max_user_namespaces=0 forbids it: change it with sysctl, or run as root";
    expect(said(await child.stdout.text())).toEqual(closed("there may be no more of them", hint));
  }, 60_000);
});

describe.skipIf(isSkipped || missing("podman", "runc"))("in a container", () => {
  let podmanDirectory: string;
  let podmanRun: Peer;
  const imageName = "localhost/nested:1";
  const image = join(tmpdir(), `kasane-nested-image-${process.pid}.tar`);

  beforeAll(async () => {
    // An image of this machine's own programs, and the compiled one.
    const context = join(work, "nested");
    await makeBaseRoot(context, ["sh", "grep", "id", "env", "unshare", "setpriv", "rm", "mkdir", "cat"]);
    for (const library of (await runOk(["ldd", program])).matchAll(/(?:=>\s*|^\s*)(\/\S+)/gm)) {
      const target = join(context, library[1]!);
      mkdirSync(dirname(target), { recursive: true });
      if (!existsSync(target)) copyFileSync(library[1]!, target);
    }
    copyFileSync(program, join(context, "bin/kasane"));
    copyFileSync(baseTar, join(context, "base.tar"));
    copyFileSync(script, join(context, "inside.sh"));
    for (const path of ["store", "work"]) mkdirSync(join(context, path), { recursive: true });
    chmodSync(join(context, "work"), 0o777);
    chmodSync(join(context, "store"), 0o777);
    chmodSync(join(context, "tmp"), 0o1777);
    const root = ["--root", join(work, "nested-store")];
    await runOk([kasane, ...root, "import", context, imageName]);
    await runOk([kasane, ...root, "save", "-o", image, imageName]);
    podmanDirectory = mkdtempSync("/dev/shm/kasane-nested-");
    podmanRun = await podman(podmanDirectory);
    await podmanRun("load", "-i", image);
  }, 120_000);
  afterAll(async () => {
    rmSync(image, { force: true });
    if (podmanDirectory) await removePodmanStorage(podmanDirectory);
  });

  const environment = Object.entries({
    KASANE: "/bin/kasane",
    BASE: "/base.tar",
    WORK: "/work",
    KASANE_ROOT: "/store/kasane",
    HOME: "/work",
  }).flatMap(([name, value]) => ["-e", `${name}=${value}`]);
  /** podman's default withholds sethostname(2) without CAP_SYS_ADMIN, and hides parts of proc, which makes it nobody's to mount. */
  const withheld = [
    "warning: no proc of its own can be mounted here: steps see the names of other processes",
    "warning: the host name cannot be set here: steps see that of this machine",
  ];
  const withWarnings = (lines: string[]) =>
    lines.flatMap((line) => {
      if (line.startsWith("ran as")) return [line, ...withheld];
      return line === "build: 0" ? [...withheld, line] : [line];
    });

  const noEntry = (who: string | number) => `Mode: rootless (one uid: /etc/subuid has no entry for ${who})`;
  const setfcap = "root without the capability SETFCAP cannot be mapped";
  test.each([
    ["as it is", [], withWarnings(full("Mode: rootless (user namespace)"))],
    ["--privileged", ["--privileged"], full("Mode: root")],
    ["--cap-add SYS_ADMIN", ["--cap-add", "SYS_ADMIN"], full("Mode: root")],
    ["--user 4711", ["--user", "4711"], withWarnings(single(noEntry(4711)))],
    [
      "--user 4711 with nothing allowed",
      ["--user", "4711", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"],
      withWarnings(single(noEntry(4711))),
    ],
    [
      "--cap-drop ALL",
      ["--cap-drop", "ALL"],
      closed(setfcap, "run as another user than root, or start the container with --cap-add SETFCAP"),
    ],
  ])(
    "of podman, %s",
    async (_, flags, expected) => {
      const out = await podmanRun(
        ...["run", "--rm", "--network", "none", "--tmpfs", "/store:mode=1777,exec", ...flags],
        ...[...environment, imageName, "sh", "/inside.sh"],
      );
      expect(said(out)).toEqual(expected);
    },
    60_000,
  );

  test("of podman, where the store has no volume: files are copied, and what would make that needless is said", async () => {
    const out = await podmanRun(
      ...["run", "--rm", "--network", "none", ...environment, imageName, "sh", "/inside.sh"],
    );
    const copied =
      "warning: no overlay file system can be mounted here, so the image's files are copied: install the package fuse-overlayfs, or keep the store on ext4, xfs, btrfs or tmpfs";
    const lines = said(out).filter((line) => line !== copied);
    expect(said(out).length).toBeGreaterThan(lines.length);
    expect(lines).toEqual(withWarnings(full("Mode: rootless (user namespace)")));
  }, 60_000);

  test("of Kasane itself, which lets nobody make user namespaces", async () => {
    const root = ["--root", join(work, "nested-store")];
    const { out } = await run([
      kasane,
      ...root,
      "run",
      "--rm",
      ...environment,
      imageName,
      "sh",
      "/inside.sh",
    ]);
    const hint =
      "inside a container, start it with --privileged or with a seccomp profile that allows user namespaces";
    expect(said(out)).toEqual(closed("Operation not permitted", hint));
  }, 60_000);
});

function assignments(env: Record<string, string>): string[] {
  return Object.entries(env).map(([name, value]) => `${name}=${value}`);
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 5000; !(await isTrue()); await Bun.sleep(5))
    if (Date.now() > end) throw new Error("waited in vain");
}
