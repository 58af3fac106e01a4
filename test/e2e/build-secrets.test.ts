// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how shells are written
/** Secrets, SSH agents and cache mounts of RUN. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeBusyboxRoot } from "../busybox-root.ts";
import { kasane, missing, run, runOk } from "../outside.ts";

const secret = "correct-horse-battery-staple-9e1f";

describe.skipIf(missing("busybox", "unshare") || process.getuid?.() !== 0)("kasane build", () => {
  let directory: string;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "kasane-secrets-"));
    const names = "sh cat ls stat wc echo test touch rm mkdir sleep cut grep nc printf true tr";
    makeBusyboxRoot(join(directory, "rootfs"), names);
    const store = join(directory, "store");
    await runOk([kasane, "--root", store, "import", join(directory, "rootfs"), "base:latest"]);
    writeFileSync(join(directory, "token"), secret);
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const build = (dockerfile: string, flags: readonly string[] = [], env: Record<string, string> = {}) => {
    writeFileSync(join(directory, "Dockerfile"), dockerfile);
    const argv = [
      kasane,
      "--root",
      join(directory, "store"),
      "build",
      "--progress=plain",
      ...flags,
      directory,
    ];
    return run(argv, { env });
  };
  const output = (err: string) => [...err.matchAll(/^#\d+ \d+\.\d+ (.*)$/gm)].map((match) => match[1]);

  test("a secret is a file in memory, and nowhere else", async () => {
    const { code, err } = await build(
      "FROM base\nRUN --mount=type=secret,id=token,required stat -c '%a %u %s' /run/secrets/token && wc -c < /run/secrets/token && ! ls /secrets\nRUN test ! -e /run/secrets/token\n",
      ["--secret", `id=token,src=${join(directory, "token")}`, "-t", "with-secret"],
    );
    expect({ code, lines: output(err) }).toEqual({
      code: 0,
      lines: [`400 0 ${secret.length}`, String(secret.length), "ls: /secrets: No such file or directory"],
    });
    const log =
      err +
      (await runOk([kasane, "--root", join(directory, "store"), "history", "--no-trunc", "with-secret"]));
    expect(log).not.toContain(secret);
    await runOk([
      kasane,
      "--root",
      join(directory, "store"),
      "save",
      "-o",
      join(directory, "saved.tar"),
      "with-secret",
    ]);
    // Layers are compressed, so they are looked at unpacked as well.
    await runOk([
      kasane,
      "--root",
      join(directory, "store"),
      "export",
      "-o",
      join(directory, "tree.tar"),
      "with-secret",
    ]);
    const found = filesBelow(directory).filter(
      (path) => path !== join(directory, "token") && readFileSync(path).includes(secret),
    );
    expect(found).toEqual([]);
  });

  test.each([
    ["RUN --mount=type=secret,id=t,env=TOKEN echo ${#TOKEN} $(ls /run/secrets 2>&1 | wc -l)", ["33 1"]],
    [
      "RUN --mount=type=secret,id=t,target=/deep/in/file,mode=0444,uid=7,gid=8 stat -c '%a %u %g' /deep/in/file",
      ["444 7 8"],
    ],
    ["RUN --mount=type=secret,target=/deep/t cat /deep/t | wc -c", ["33"]],
    [
      "RUN --mount=type=secret,id=t ! sh -c 'echo x > /run/secrets/t' 2>/dev/null && echo read-only",
      ["read-only"],
    ],
    ["RUN --mount=type=secret,id=other ls /run/secrets 2>/dev/null | wc -l", ["0"]],
  ])("%s", async (instruction, lines) => {
    const { code, err } = await build(
      `FROM base\n${instruction}\n`,
      ["--no-cache", "--secret", "id=t,env=GIVEN"],
      { GIVEN: secret },
    );
    expect({ code, lines: output(err) }).toEqual({ code: 0, lines });
  });

  test("the next step has neither file nor variable, and a new value runs nothing again", async () => {
    const dockerfile =
      'FROM base\nRUN --mount=type=secret,id=t,env=T test -n "$T"\nRUN test -z "$T" && test ! -e /run/secrets/t\n';
    expect((await build(dockerfile, ["--secret", "id=t,env=GIVEN"], { GIVEN: "one" })).code).toBe(0);
    const again = await build(dockerfile, ["--secret", "id=t,env=GIVEN"], { GIVEN: "two" });
    expect(again.err.match(/CACHED/g)).toHaveLength(2);
  });

  test.each([
    ["type=secret,id=token,required", ["--secret", "id=tokem,env=HOME"], "a secret tokem was given"],
    ["type=secret,id=token,required", [], "--secret id=token,src=FILE"],
    ["type=ssh,required", [], "--ssh default"],
  ])("--mount=%s with %j fails and says what to do", async (mount, flags, hint) => {
    const { code, err } = await build(`FROM base\nRUN --mount=${mount} true # ${flags.length}\n`, flags);
    expect(code).toBe(1);
    expect(err).toContain(hint);
    expect(err).toContain("Dockerfile:2");
  });

  test.each([
    ["id=x,src=/nonexistent", "there is no file /nonexistent"],
    ["src=/etc/hostname", "has no id"],
    ["id=x,file=/etc/hostname", "invalid field"],
    ["id=x,env=KASANE_NOT_SET", "is not set"],
    ["id=x,src=/dev/zero", "larger than 512000 bytes"],
  ])("--secret %s is refused", async (flag, message) => {
    const { code, err } = await build("FROM base\n", ["--secret", flag]);
    expect(code).not.toBe(0);
    expect(err).toContain(message);
  });

  test.skipIf(missing("ssh-keygen", "ssh-agent", "ssh-add"))(
    "a step reaches the SSH agent of whoever builds",
    async () => {
      const key = join(directory, "id_ed25519");
      await runOk(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key]);
      // SSH_AGENTC_REQUEST_IDENTITIES; the answer holds the public key.
      const ask = String.raw`printf '\000\000\000\001\013' | nc local:$SSH_AUTH_SOCK 2>/dev/null | grep -c ssh-ed25519`;
      const { code, err } = await build(
        `FROM base\nRUN --mount=type=ssh ls -l $SSH_AUTH_SOCK | cut -c1-10; ${ask} || true\nRUN test -z "$SSH_AUTH_SOCK" && ls -A /run | wc -l\n`,
        ["--ssh", `default=${key}`],
      );
      expect(code).toBe(0);
      expect(output(err)[0]).toBe("srw-------");
      expect(output(err).at(-1)).toBe("0");
      const none = await build("FROM base\n", ["--ssh", "default"], { SSH_AUTH_SOCK: "" });
      expect(none.err).toContain("none is running here");
    },
  );

  test("a cache mount begins with the content of a stage, once", async () => {
    const dockerfile = (step: string) =>
      `FROM base AS seed\nRUN mkdir /seed && echo first > /seed/file\nFROM base\nRUN --mount=type=cache,id=seeded,target=/c,from=seed,source=/seed ${step}\n`;
    expect(output((await build(dockerfile("cat /c/file; echo second > /c/file"))).err)).toEqual(["first"]);
    expect(output((await build(dockerfile("cat /c/file"))).err)).toEqual(["second"]);
  });

  test("locked: one after the other; private: each its own", async () => {
    const step = (sharing: string, name: string) =>
      `FROM base AS ${name}-${sharing}\nRUN --mount=type=cache,id=${sharing},target=/c,sharing=${sharing} test ! -e /c/busy && touch /c/busy && sleep 0.3 && rm /c/busy && touch /${name}\n`;
    for (const sharing of ["locked", "private"]) {
      const stages = ["x", "y", "z"].map((name) => step(sharing, name)).join("");
      const last = `FROM base\n${["x", "y", "z"].map((name) => `COPY --from=${name}-${sharing} /${name} /\n`).join("")}`;
      const { code, err } = await build(stages + last, ["--jobs", "3"]);
      expect({ code, err: code === 0 ? "" : err }).toEqual({ code: 0, err: "" });
    }
  });
});

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => statSync(path).size < 2 ** 28);
}
