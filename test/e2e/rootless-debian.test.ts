/** Debian's packages in an ordinary user's build: apt changes users, dpkg gives files away, maintainer scripts make accounts. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { debianRoot } from "../debian-root.ts";
import { missing, runOk } from "../outside.ts";
import { Account } from "./rootless/account.ts";
import { makeUserModes } from "./sandbox/modes.ts";

const isMissing = missing("debootstrap", "tar");
const users = makeUserModes();

const dockerfile = `FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends cron less && rm -rf /var/lib/apt/lists/*
RUN useradd -m -u 1500 app && install -o app -g app -m 750 -d /srv/app && su app -c 'touch /srv/app/made'
RUN groupadd -r www && useradd -r -g www www && chown -R www:www /srv && passwd -d app && chsh -s /bin/sh app
`;

describe.skipIf(isMissing || users.length === 0)("Debian", () => {
  let work: string;
  let tar: string;
  beforeAll(async () => {
    work = mkdtempSync(join(tmpdir(), "kasane-rootless-debian-"));
    chmodSync(work, 0o755);
    tar = join(work, "debian.tar");
    await runOk(["tar", "--numeric-owner", "--xattrs", "-C", await debianRoot(), "-cf", tar, "."]);
  }, 300_000);
  afterAll(() => rmSync(work, { recursive: true, force: true }));

  test.each(users.map((mode) => [mode.name, mode] as const))(
    "with %s",
    async (_, mode) => {
      const account = new Account(mode);
      try {
        mkdirSync(account.at("context"));
        writeFileSync(account.at("context/Dockerfile"), dockerfile);
        account.own(account.at("context"));
        await account.ok("import", tar, "debian:bookworm-slim");
        await account.ok("build", "--quiet", "-t", "packages:1", "context");
        const script =
          "less --version | head -n 1; stat -c '%a %u:%g' /usr/bin/crontab /var/spool/cron/crontabs /srv/app/made; id -u app; dpkg --audit";
        const out = await account.ok("run", "--rm", "packages:1", "sh", "-c", script);
        const [version, crontab, spool, made, app, ...rest] = out.trimEnd().split("\n");
        expect(version).toMatch(/^less \d+/);
        expect([app, ...rest]).toEqual(["1500"]);
        const own = account.hasSubordinates ? [/^0:\d{3}$/, /^[1-9]\d*:[1-9]\d*$/] : [/^0:0$/, /^0:0$/];
        expect(crontab).toStartWith("2755 ");
        expect(crontab!.split(" ")[1]).toMatch(own[0]!);
        expect(spool).toStartWith("1730 ");
        expect(spool!.split(" ")[1]).toMatch(own[0]!);
        expect(made!.split(" ")[1]).toMatch(own[1]!);
        expect(await account.leftProcesses()).toEqual([]);
      } finally {
        account.dispose();
      }
    },
    300_000,
  );
});
