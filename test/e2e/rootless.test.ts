/** The main job as an ordinary user, with subordinate uids and with a single one. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kasane, missing, runOk } from "../outside.ts";
import { treeDifference, treeOf } from "../trees.ts";
import { Account } from "./rootless/account.ts";
import { extract, makeBase, makeContext } from "./rootless/material.ts";
import { makeUserModes } from "./sandbox/modes.ts";

const isMissing = missing("busybox", "setcap", "tar");
const users = makeUserModes();

/** What root makes of the same material, for comparison. */
let work: string;
let baseTar: string;
const digests: Record<string, string> = {};
const rootStore = (...args: string[]) => runOk([kasane, "--root", join(work, "store"), ...args]);

async function manifestOf(inspect: Promise<string>): Promise<string> {
  return JSON.parse(await inspect)[0].Descriptor.digest;
}

beforeAll(async () => {
  if (isMissing || users.length === 0) return;
  work = mkdtempSync(join(tmpdir(), "kasane-rootless-"));
  chmodSync(work, 0o755);
  baseTar = await makeBase(join(work, "base"));
  await rootStore("import", baseTar, "base:1");
  for (const [name, chown] of [
    ["owners", true],
    ["plain", false],
  ] as const) {
    makeContext(join(work, name), { chown });
    await rootStore("build", "--quiet", "--timestamp", "0", "-t", `${name}:1`, join(work, name));
    digests[name] = await manifestOf(rootStore("inspect", `${name}:1`));
  }
}, 60_000);
afterAll(() => work && rmSync(work, { recursive: true, force: true }));

describe.skipIf(isMissing || users.length === 0).each(users.map((mode) => [mode.name, mode] as const))(
  "an ordinary user with %s",
  (_, mode) => {
    let account: Account;
    const warning = (text: string) => (account.hasSubordinates ? "" : text);

    beforeAll(async () => {
      account = new Account(mode);
      await account.ok("import", baseTar, "base:1");
    }, 60_000);
    afterAll(() => account?.dispose());

    test("finds the project where root keeps it", async () => {
      // The checkout may stand below a directory of root's own.
      const { code } = await account.run(["test", "-r", kasane]);
      if (code !== 0) return;
      expect((await account.run([kasane, "--version"])).out).toStartWith("kasane ");
    });

    test("is told what there is", async () => {
      const { Mode, Root } = JSON.parse(await account.ok("info", "--format", "json"));
      expect(Root).toBe(account.at(".local/share/kasane"));
      expect(Mode).toBe(
        account.hasSubordinates
          ? "rootless (user namespace)"
          : `rootless (one uid: /etc/subuid has no entry for ${account.user.name})`,
      );
    });

    test("imports and exports owners, devices and capabilities as they are", async () => {
      await account.ok("export", "-o", account.at("base.tar"), "base:1");
      const tree = await extract(account.at("base.tar"), join(work, `exported-${mode.name}`));
      const times = { times: "seconds" } as const;
      expect(treeDifference(treeOf(join(work, "base"), times), treeOf(tree, times))).toEqual([]);
    });

    test("imports a directory: what is the user's is root's in the image", async () => {
      mkdirSync(account.at("files/sub"), { recursive: true });
      writeFileSync(account.at("files/sub/own"), "mine\n", { mode: 0o640 });
      account.own(account.at("files"));
      await account.ok("import", "files", "files:1");
      await account.ok("export", "-o", account.at("files.tar"), "files:1");
      expect(await runOk(["tar", "-tv", "--numeric-owner", "-f", account.at("files.tar")])).toMatch(
        /-rw-r----- 0\/0 +5 .* sub\/own\n/,
      );
    });

    test("cannot import what it may not read, and learns how", async () => {
      const { code, err } = await account.run([account.kasane, "import", join(work, "base")]);
      expect(code).toBe(1);
      expect(err).toMatch(/^kasane: cannot import \S+: EACCES: .*\nhint: let root read it: sudo tar /);
    });

    test("builds what root builds", async () => {
      cpSync(join(work, "plain"), account.at("plain"), { recursive: true });
      account.own(account.at("plain"));
      const call = [account.kasane, "build", "--quiet", "--timestamp", "0", "-t", "plain:1", "plain"];
      const { code, err } = await account.run(call);
      expect({ code, err }).toEqual({
        code: 0,
        err: warning(
          "warning: only your own uid is available (see 'kasane info'): what RUN gives to other users belongs to root in the image\n",
        ),
      });
      expect(await manifestOf(account.ok("inspect", "plain:1"))).toBe(digests.plain!);
    }, 60_000);

    test("lets RUN --security=insecure do what the user may, and says what it may not", async () => {
      mkdirSync(account.at("insecure"));
      const command = [
        "grep CapEff /proc/self/status",
        "mkdir /m && mount -t tmpfs x /m && echo mounted",
        "mknod /disk b 7 0 || echo no device",
      ].join("; ");
      writeFileSync(
        account.at("insecure/Dockerfile"),
        `FROM base:1\nRUN --security=insecure ["/bin/busybox", "sh", "-c", "${command}"]\n`,
      );
      account.own(account.at("insecure"));
      const build = (...flags: string[]) =>
        account.run([account.kasane, "build", "--progress=plain", ...flags, "insecure"]);
      const refused = await build();
      expect([refused.code, refused.err]).toEqual([
        125,
        expect.stringContaining("--allow security.insecure"),
      ]);
      const { code, err } = await build("--allow", "security.insecure");
      expect([code, err]).toEqual([0, expect.stringMatching(/ CapEff:\t0+1ffffffffff\n/)]);
      expect(err).toContain(" mounted\n");
      // With one uid a device is said to be made, so that package managers go on.
      if (account.hasSubordinates) expect(err).toContain(" no device\n");
      expect(err).toContain(
        "warning: RUN --security=insecure has all powers over what is yours, but not over",
      );
    }, 60_000);

    test("gives files to others in a build as far as there are others", async () => {
      cpSync(join(work, "owners"), account.at("owners"), { recursive: true });
      account.own(account.at("owners"));
      await account.ok("build", "--quiet", "--timestamp", "0", "-t", "owners:1", "owners");
      const digest = await manifestOf(account.ok("inspect", "owners:1"));
      if (account.hasSubordinates) expect(digest).toBe(digests.owners!);
      else {
        await account.ok("export", "-o", account.at("owners.tar"), "owners:1");
        await rootStore("export", "-o", join(work, "owners.tar"), "owners:1");
        const [theirs, ours] = await Promise.all(
          [account.at("owners.tar"), join(work, "owners.tar")].map(async (tar, index) =>
            treeOf(await extract(tar, join(work, `owners-${index}`))).map((line) =>
              // Only what a RUN gave away differs, and only in its owner.
              /^"\/(usr\/bin\/as-bob|etc\/app\.conf|modules.*)" /.test(line)
                ? line.replace(/ \d+:\d+/, " …")
                : line,
            ),
          ),
        );
        expect(treeDifference(ours!, theirs!)).toEqual([]);
      }
    }, 60_000);

    test("runs a command as somebody, somewhere, with files of the host", async () => {
      mkdirSync(account.at("volume"));
      writeFileSync(account.at("volume/outer"), "from outside\n");
      account.own(account.at("volume"));
      const { out, err, code } = await account.run([
        account.kasane,
        ...["run", "--rm", "-u", "nobody", "-w", "/tmp/made", "base:1", "sh", "-c", "id -u; pwd; exit 7"],
      ]);
      expect(code).toBe(7);
      expect(out).toBe(`${account.hasSubordinates ? 65534 : 0}\n/tmp/made\n`);
      expect(err).toBe(
        warning(
          "warning: only your own uid is available (see 'kasane info'): user 65534 runs as root of the user namespace\n",
        ),
      );
      const script = "cat outer; touch made; mkdir sub; touch sub/made; stat -c '%u:%g' outer";
      expect(
        await account.ok("run", "--rm", "-v", "./volume:/v", "-w", "/v", "base:1", "sh", "-c", script),
      ).toBe("from outside\n0:0\n");
      const { uid, gid } = account.user;
      for (const name of ["made", "sub", "sub/made"])
        expect(statSync(account.at("volume", name))).toMatchObject({ uid, gid });
    });

    test("commits what a container changed", async () => {
      const script =
        "touch /new; chown 1000:50 /new; rm /home/alice/note; chmod 700 /tmp; echo more >> /var/lib/data/secret; mkdir -m 700 /etc/mine";
      await account.ok("run", "--name", "changed", "base:1", "sh", "-c", script);
      await account.ok("commit", "changed", "changed:1");
      await account.ok("export", "-o", account.at("container.tar"), "changed");
      await account.ok("export", "-o", account.at("image.tar"), "changed:1");
      const [container, image] = await Promise.all(
        ["container", "image"].map(async (name) =>
          treeOf(await extract(account.at(`${name}.tar`), join(work, `${name}-${mode.name}`))),
        ),
      );
      expect(treeDifference(container!, image!)).toEqual([]);
      const about = image!.filter((line) => /^"\/(new|tmp|var\/lib\/data\/secret|etc\/mine)" /.test(line));
      expect(about.map((line) => line.split(" ").slice(0, 4).join(" "))).toEqual([
        '"/etc/mine" directory 0700 0:0',
        `"/new" file 0644 ${account.hasSubordinates ? "1000:50" : "0:0"}`,
        '"/tmp" directory 0700 0:0',
        '"/var/lib/data/secret" file 0600 33:33',
      ]);
      expect(image!.join("\n")).not.toContain("alice/note");
      await account.ok("rm", "changed");
    });

    test("saves, loads, serves, pushes and pulls without a change", async () => {
      const { out, code } = await account.shell(`
        kasane tag base:1 moved:1
        kasane save -o moved.tar moved:1 && kasane --root second load --quiet -i moved.tar > loaded
        kasane --root registry serve --quiet --addr 127.0.0.1:0 > listening & server=$!
        until grep -qs listening listening; do sleep 0.02; done
        name=$(sed 's,.*//,,' listening | head -n 1)/moved:1
        kasane tag moved:1 $name && kasane push --quiet $name > pushed
        kasane --root third pull --quiet $name > pulled
        for root in .local/share/kasane second third; do
          kasane --root $root inspect --format json moved:1 $name 2> /dev/null | grep -o '"Descriptor":{[^}]*}' | sort -u
        done | sort | uniq -c
        kasane --root third run --rm $name sh -c 'echo ran'
        kill $server; wait $server; echo $?`);
      const [digestLine, ...rest] = out.trim().split("\n");
      expect({ out, code }).toMatchObject({ code: 0 });
      expect(digestLine).toMatch(/^ *3 "Descriptor":.*"digest":"sha256:[0-9a-f]{64}"/);
      expect(rest).toEqual(["ran", "0"]);
    }, 60_000);

    test("removes what belongs to its other uids", async () => {
      await account.ok("run", "--rm", "base:1", "true");
      const unpacked = account.at(".local/share/kasane/unpacked");
      expect(readdirSync(unpacked).length).toBeGreaterThan(0);
      for (const name of ["plain:1", "owners:1", "changed:1", "files:1", "moved:1"])
        await account.ok("rmi", "-f", name);
      await account.ok("system", "prune", "--all", "--force");
      expect(await account.ok("images", "--quiet")).toBe("");
      for (const name of ["unpacked", "containers", "tmp", "uploads"])
        expect(readdirSync(account.at(".local/share/kasane", name))).toEqual([]);
      await account.ok(
        "unshare",
        "rm",
        "-rf",
        account.at(".local"),
        account.at("second"),
        account.at("third"),
      );
      // Nothing is left that the user could not have removed.
      expect(
        (await account.run(["find", account.home, "!", "-user", account.user.name, "!", "-name", "bun.exe"]))
          .out,
      ).not.toContain("kasane/unpacked");
      expect(existsSync(account.at(".local"))).toBe(false);
    });

    test("takes the tour, and nothing is left of it", async () => {
      mkdirSync(account.at("temporary"));
      account.own(account.at("temporary"));
      const { code, out, err } = await account.run(
        [account.at("kasane/scripts/bun"), account.at("kasane/scripts/tour.ts")],
        {
          TMPDIR: account.at("temporary"),
        },
      );
      expect({ code, err, out }).toMatchObject({ code: 0, err: "" });
      expect(out).toContain(`Hello, world. I am user ${account.hasSubordinates ? 65534 : 0}.`);
      expect(Number(/That was the main job, in (\d+\.\d) s/.exec(out)![1])).toBeLessThan(30);
      expect(readdirSync(account.at("temporary"))).toEqual([]);
      expect(existsSync(account.at(".local"))).toBe(false);
      expect(await account.leftProcesses()).toEqual([]);
      expect(await Bun.file("/proc/mounts").text()).not.toContain(account.home);
    }, 60_000);
  },
);
