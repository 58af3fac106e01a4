/** Kasane as an ordinary user in odd places: homes, stores, directories, descriptors and masks that are not as usual. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kasane, missing, run, runOk } from "../outside.ts";
import { Account } from "./rootless/account.ts";
import { makeBase } from "./rootless/material.ts";
import { makeUserModes } from "./sandbox/modes.ts";
import { Session } from "./sandbox/session.ts";

const isMissing = missing("busybox", "setcap", "tar");
const users = makeUserModes();

let work: string;
let baseTar: string;
beforeAll(async () => {
  if (isMissing || users.length === 0) return;
  work = mkdtempSync(join(tmpdir(), "kasane-odd-"));
  chmodSync(work, 0o755);
  baseTar = await makeBase(join(work, "base"));
}, 60_000);
afterAll(() => work && rmSync(work, { recursive: true, force: true }));

describe.skipIf(isMissing || users.length === 0).each(users.map((mode) => [mode.name, mode] as const))(
  "with %s",
  (_, mode) => {
    let account: Account;

    beforeAll(async () => {
      account = new Account(mode);
      writeFileSync(account.at("Dockerfile"), "FROM base:1\nRUN echo built > /built\nCOPY note /note\n");
      mkdirSync(account.at("context"));
      writeFileSync(account.at("context/note"), "note\n");
      account.own(account.home);
      await account.ok("import", baseTar, "base:1");
    }, 60_000);
    afterAll(() => account?.dispose());

    describe("the store", () => {
      test.each([
        [{ HOME: undefined }, ".local/share/kasane"],
        [{ HOME: "" }, ".local/share/kasane"],
        [{ XDG_DATA_HOME: "data" }, ".local/share/kasane"],
        [{ XDG_DATA_HOME: "" }, ".local/share/kasane"],
        [{ XDG_DATA_HOME: "@/data" }, "data/kasane"],
        [{ KASANE_ROOT: "@/elsewhere" }, "elsewhere"],
        [{ KASANE_ROOT: "relative" }, "relative"],
      ] as const)("with %j is the same inside and outside of the user namespace", async (env, place) => {
        // A user whose /etc/passwd entry names no directory of this test: HOME is what is left.
        if ("HOME" in env) await runOk(["usermod", "-d", account.home, account.user.name]);
        const own = Object.fromEntries(
          Object.entries(env).map(([name, value]) => [name, value?.replace("@", account.home)]),
        );
        const store = account.at(place);
        if (place !== ".local/share/kasane") await account.ok("--root", store, "import", baseTar, "base:1");
        const { out, err } = await account.run(
          [account.kasane, "run", "--rm", "base:1", "sh", "-c", "echo ran"],
          own,
        );
        expect({ out, err }).toEqual({ out: "ran\n", err: "" });
        const images = await account.run([account.kasane, "images", "--quiet"], own);
        expect(images.out.trim()).toHaveLength(12);
      });

      test("is asked for where there is neither home nor name", async () => {
        const call = ["setpriv", "--reuid=2999999", "--regid=2999999", "--clear-groups"];
        const env = ["env", "-i", "-C", "/", "PATH=/usr/bin:/bin"];
        for (const command of [["images"], ["run", "--rm", "base:1"]]) {
          const { code, err } = await run([...call, ...env, account.kasane, ...command]);
          expect({ code, err }).toEqual({
            code: command[0] === "run" ? 125 : 1,
            err: "kasane: cannot tell where to keep images: user 2999999 has no home directory\nhint: set HOME or KASANE_ROOT, or name a directory with --root\n",
          });
        }
      });

      test.each(["with blanks", "käse 重ね, $x:y=z", 'a\\b"c', "a\nb"])("may be called %j", async (name) => {
        const root = account.at("odd", name);
        await account.ok("--root", root, "import", baseTar, "base:1");
        await account.ok("--root", root, "build", "--quiet", "-t", "odd:1", "-f", "Dockerfile", "context");
        expect(await account.ok("--root", root, "run", "--rm", "odd:1", "cat", "/built", "/note")).toBe(
          "built\nnote\n",
        );
        await account.ok("unshare", "rm", "-rf", account.at("odd"));
      });

      test("may stand on a tmpfs", async () => {
        const directory = mkdtempSync("/dev/shm/kasane-odd-");
        try {
          account.own(directory);
          const root = join(directory, "store");
          await account.ok("--root", root, "import", baseTar, "base:1");
          await account.ok("--root", root, "build", "--quiet", "-f", "Dockerfile", "context");
          const script = "rm -r /home/alice; mkdir /home/alice; ls /home/alice; mv /bin/ls /bin/list";
          expect(await account.ok("--root", root, "run", "--rm", "base:1", "sh", "-c", script)).toBe("");
        } finally {
          rmSync(directory, { recursive: true, force: true });
        }
      });

      test("can be read where it cannot be written", async () => {
        const root = account.at("frozen");
        await account.ok("--root", root, "import", baseTar, "base:1");
        chmodSync(root, 0o555);
        for (const command of [["images"], ["inspect", "base:1"], ["history", "base:1"], ["info"], ["ps"]])
          await account.ok("--root", root, ...command);
        const { code, err } = await account.run([account.kasane, "--root", root, "tag", "base:1", "new:1"]);
        expect(code).toBe(1);
        expect(err).toMatch(/^kasane: cannot open \S+meta.db: .*readonly.*\nhint: check who owns /);
        chmodSync(root, 0o755);
        await account.ok("unshare", "rm", "-rf", root);
      });

      test("cannot be made where nothing may be written", async () => {
        mkdirSync(account.at("closed"));
        chmodSync(account.at("closed"), 0o755);
        const { code, err } = await account.run([account.kasane, "--root", "closed/store", "images"]);
        expect(code).toBe(1);
        expect(err).toMatch(
          /^kasane: cannot open the image store in \S+: permission denied\nhint: choose a place of your own/,
        );
      });

      test("of somebody else is refused, root's and to root", async () => {
        const roots = join(work, `store-of-root-${mode.name}`);
        await runOk([kasane, "--root", roots, "import", baseTar, "base:1"]);
        for (const command of [["images"], ["run", "--rm", "base:1"], ["import", baseTar]]) {
          const { code, err } = await account.run([account.kasane, "--root", roots, ...command]);
          expect(code).not.toBe(0);
          expect(err).toMatch(
            /^kasane: cannot open .*(: it belongs to somebody else\nhint: choose another place|\nhint: check who owns)/,
          );
        }
        const theirs = account.at(".local/share/kasane");
        for (const command of [["images"], ["run", "--rm", "base:1"]]) {
          const { code, err } = await run([kasane, "--root", theirs, ...command]);
          expect(code).not.toBe(0);
          expect(err).toContain(`it belongs to user ${account.user.uid}\nhint: run kasane as that user`);
        }
      });
    });

    describe("the current directory", () => {
      test("that was removed is a clear error", async () => {
        const { out } = await account.shell(
          "mkdir gone && cd gone && rmdir ../gone; kasane build . ; kasane --root here images; kasane images",
        );
        const lines = out.split("\n").filter((line) => !line.includes("getcwd"));
        const error = [
          "kasane: the current directory does not exist any more: ENOENT",
          "hint: change to another directory first",
        ];
        expect(lines).toEqual([...error, ...error, ...error, ""]);
      });

      test("may be one where the user may do nothing", async () => {
        const directory = mkdtempSync(join(work, "private-"));
        const from = async (...args: string[]) => {
          const command = account.command([account.kasane, ...args]).filter((word) => word !== "-C");
          const child = Bun.spawn(
            command.filter((word) => word !== account.home),
            {
              cwd: directory,
              stdio: ["ignore", "pipe", "pipe"],
            },
          );
          const [out, err, code] = await Promise.all([
            child.stdout.text(),
            child.stderr.text(),
            child.exited,
          ]);
          return { code, text: (out + err).replaceAll(directory, "HERE") };
        };
        expect(await from("run", "--rm", "base:1", "sh", "-c", "echo ran")).toEqual({
          code: 0,
          text: "ran\n",
        });
        expect(await from("run", "--rm", "-v", "./x:/x", "base:1", "true")).toEqual({
          code: 125,
          text: expect.stringMatching(/^kasane: cannot mount HERE\/x at \/x: permission denied\nhint: .*\n$/),
        });
        expect(await from("save", "-o", "x.tar", "base:1")).toEqual({
          code: 1,
          text: expect.stringMatching(/^kasane: cannot write x.tar: permission denied\nhint: .*\n$/),
        });
        const { code, text } = await from("build", ".");
        expect(code).toBe(1);
        expect(text).toMatch(/^kasane: cannot read .*: EACCES/);
      });

      test("may be one that only others could read", async () => {
        mkdirSync(account.at("closed/inside"), { recursive: true });
        chmodSync(account.at("closed/inside"), 0o711);
        const { out, code } = await account.shell(
          `cd closed/inside && kasane build -q -f ${account.at("Dockerfile")} ${account.at("context")} && kasane run --rm base:1 sh -c pwd`,
        );
        expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/sha256:[0-9a-f]{64}\n\/\n$/) });
      });
    });

    test("the umask changes nothing in an image", async () => {
      const build = (umask: string, root: string) =>
        account.shell(
          `umask ${umask}; kasane --root ${root} import ${baseTar} base:1 && kasane --root ${root} build -q --timestamp 0 -f Dockerfile context 2> /dev/null; kasane --root ${root} run --rm base:1 sh -c umask`,
        );
      const [open, closed] = [await build("000", "masked-1"), await build("077", "masked-2")];
      expect(open.out.split("\n")).toHaveLength(4);
      expect(closed.out).toBe(open.out);
      expect(closed.out).toEndWith("\n0022\n");
      await account.ok("unshare", "rm", "-rf", "masked-1", "masked-2");
    }, 60_000);

    test.each([
      [
        "no standard input",
        "kasane images -q <&- > list && test -s list && echo listed; kasane run --rm -i base:1 cat <&-; kasane run --rm base:1 sh -c 'echo ran' <&-",
        "listed\nran\n",
      ],
      [
        "a build from no standard input",
        "kasane build -q - <&-",
        /^kasane: Dockerfile contains no instructions\nhint: /,
      ],
      ["no descriptors at all", "kasane run --rm base:1 true <&- >&- 2>&-; echo $? >&3", "0\n"],
      ["a reader that has gone", "(kasane images; echo $? >&3) | head -n 0", "141\n"],
      [
        "a reader that has enough of an archive",
        "(kasane save base:1; echo $? >&3) | head -c 10 > /dev/null",
        "141\n",
      ],
      [
        "a reader that has enough of an export",
        "(kasane export base:1; echo $? >&3) | head -c 10 > /dev/null",
        "141\n",
      ],
      [
        "a reader that has enough of a run",
        "(kasane run --rm base:1 yes; echo $? >&3) | head -c 10 > /dev/null",
        /^(yes: .*\n)?1\n$/,
      ],
      [
        "a full device",
        "kasane images > /dev/full; echo $?",
        /^kasane: cannot write to standard output: no space left on the device\nhint: .*\n1\n$/,
      ],
      [
        "a full device for an archive",
        "kasane save base:1 > /dev/full; echo $?",
        /^kasane: cannot write to standard output: no space left on the device\nhint: .*\n1\n$/,
      ],
    ])("with %s", async (_, script, expected) => {
      const { out } = await account.shell(`exec 3>&1\n${script}`);
      if (typeof expected === "string") expect(out).toBe(expected);
      else expect(out).toMatch(expected);
    });

    describe("a terminal", () => {
      test("is the container's own, with its size, signals and exit code", async () => {
        const session = new Session(
          account.command([account.kasane, "run", "--rm", "-it", "-e", "PS1=prompt> ", "base:1", "sh"]),
        );
        try {
          await session.see(/prompt> /);
          session.type("stty size; tty; id -u\r");
          await session.see(/\n30 90\r\n\/dev\/pts\/0\r\n0\r\n/);
          session.resize(120, 50);
          await session.see(/prompt> /);
          session.type("stty size\r");
          await session.see(/50 120\r\n/);
          // Whoever says so is the one in the foreground.
          session.type("sh -c 'echo started; exec sleep 1000'\r");
          await session.see(/\nstarted\r\n/);
          session.type("\x03");
          await session.see(/prompt> /);
          session.type("echo code $?\r");
          await session.see(/\ncode 130\r\n/);
          session.type("exit 5\r");
          expect(await session.child.exited).toBe(5);
        } finally {
          session.close();
        }
        expect(await account.leftProcesses()).toEqual([]);
      });

      test("gives Ctrl-C to a run without one", async () => {
        for (const flags of [[], ["-i"]]) {
          const session = new Session(
            account.command([
              account.kasane,
              "run",
              "--rm",
              ...flags,
              "base:1",
              "sh",
              "-c",
              "echo started; sleep 1000",
            ]),
          );
          try {
            await session.see(/started/);
            session.type("\x03");
            expect(await session.child.exited).toBe(130);
          } finally {
            session.close();
          }
        }
        expect(await account.leftProcesses()).toEqual([]);
      });
    });

    test("files made here belong to the user", () => {
      const { uid, gid } = account.user;
      for (const name of ["meta.db", "index.json", "blobs/sha256"])
        expect(statSync(account.at(".local/share/kasane", name))).toMatchObject({ uid, gid });
    });
  },
);
