/** The same build on clean stores gives the same manifest, whoever builds it, when, where and how fast. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, chownSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeBusyboxRoot } from "../../busybox-root.ts";
import { type Mode, makeModes, tellMissing } from "../../e2e/sandbox/modes.ts";
import { kasane, missing, runOk } from "../../outside.ts";
import { type Scratch, scratch } from "../peers.ts";

/** What every user of a machine may do; one who has but a single uid cannot change owners. */
const dockerfile = `FROM base AS build
WORKDIR /src
COPY . .
RUN mkdir -p out/a out/b && seq 1 300000 > out/a/numbers && ln out/a/numbers out/b/linked && ln -s ../a/numbers out/b/link
RUN for i in $(seq 200); do echo $i > out/$i; done; rm out/7; chmod 2751 out/a; touch -d '2001-02-03 04:05:06' out/b/old; date > /dev/null

FROM base AS other
ARG SOURCE_DATE_EPOCH
RUN mkdir /other && echo "$SOURCE_DATE_EPOCH $TZ" > /other/environment && umask > /other/umask
ADD local.tar /added/

FROM base
COPY --from=build /src/out /out
COPY --from=build /src/ /src
COPY --from=other --chown=1000:1001 /other /other
COPY --from=other /added /added
COPY --chmod=600 a.txt /private
RUN rm -r /old && mkdir /old && rm /bin/vi && echo app:x:1000:1001::/:/bin/sh >> /etc/passwd
USER app
LABEL one=1 two=2
ENTRYPOINT ["/bin/sh"]
`;
const owners = `FROM base
RUN mkdir /d && touch /d/a /d/b && chown 1000:1001 /d /d/a && chown 33 /etc/passwd && chmod 4755 /d/b
`;

interface Variant {
  readonly mode?: Mode;
  readonly dockerfile?: string;
  readonly env?: Record<string, string>;
  readonly umask?: string;
  readonly options?: readonly string[];
  /** Makes the context differently: other times, other order. */
  readonly context?: { readonly seconds: number; readonly isReversed: boolean };
  /** Hands the context over as a tar. */
  readonly isTar?: boolean;
}

const modes = makeModes();
const [usual] = modes as [Mode, ...Mode[]];
const isMissing = missing("busybox", "unshare", "tar");
let directory: Scratch;
let count = 0;

/** Builds with an empty store and gives the manifest's digest. */
async function digestOf(variant: Variant = {}): Promise<string> {
  const { mode = usual, env = {}, umask = "022", options = [] } = variant;
  const home = join(directory.path, `${count++}`);
  mkdirSync(home);
  if (mode.user) chownSync(home, mode.user.uid, mode.user.gid);
  const context = join(home, "context");
  writeContext(context, variant);
  const asUser = mode.user
    ? [
        ...["setpriv", `--reuid=${mode.user.uid}`, `--regid=${mode.user.gid}`],
        ...["--init-groups", "--inh-caps=-all", "--"],
      ]
    : [];
  const call = (args: string[], more: Record<string, string> = {}, stdin?: Blob) =>
    runOk(
      [
        "sh",
        "-c",
        `umask ${umask}; exec "$@"`,
        "sh",
        ...asUser,
        kasane,
        "--root",
        join(home, "store"),
        ...args,
      ],
      { cwd: home, env: { HOME: home, ...env, ...more }, ...(stdin && { stdin }) },
    );
  // An import has a time of its own, which SOURCE_DATE_EPOCH sets as well.
  await call(["import", join(directory.path, "base.tar"), "base"], { SOURCE_DATE_EPOCH: "" });
  if (variant.isTar) {
    const tar = [
      "tar",
      "--sort=name",
      "--owner=7",
      "--mtime=@12345",
      "-C",
      context,
      "-cf",
      `${context}.tar`,
      ".",
    ];
    await runOk(tar);
    await call(["build", "-q", "-t", "made", ...options, "-"], {}, Bun.file(`${context}.tar`));
  } else await call(["build", "-q", "-t", "made", ...options, context]);
  return JSON.parse(await call(["inspect", "made"]))[0].Descriptor.digest;
}

function writeContext(path: string, variant: Variant): void {
  const { seconds, isReversed } = variant.context ?? { seconds: 1_700_000_000, isReversed: false };
  mkdirSync(join(path, "below/empty"), { recursive: true });
  const files: [name: string, content: string, mode: number][] = [
    ["Dockerfile", variant.dockerfile ?? dockerfile, 0o644],
    ["a.txt", "a\n", 0o644],
    ["below/b.sh", "#!/bin/sh\n", 0o755],
    ["below/重ね.txt", "c\n", 0o644],
    ["big.bin", "0123456789abcdef".repeat(200_000), 0o644],
  ];
  for (const [name, content, mode] of isReversed ? files.reverse() : files) {
    writeFileSync(join(path, name), content);
    chmodSync(join(path, name), mode);
    utimesSync(join(path, name), seconds, seconds + 0.5);
  }
  symlinkSync("b.sh", join(path, "below/link"));
  const added = Bun.spawnSync(["cp", join(directory.path, "base.tar"), join(path, "local.tar")]);
  expect(added.success).toBe(true);
  for (const name of ["below", "below/empty", ""]) chmodSync(join(path, name), 0o755);
}

async function makeBase(): Promise<void> {
  const root = join(directory.path, "rootfs");
  makeBusyboxRoot(root, "sh mkdir seq ln rm chmod chown touch date vi");
  for (const name of ["etc", "old", "tmp"]) mkdirSync(join(root, name), { recursive: true });
  writeFileSync(join(root, "etc/passwd"), "root:x:0:0::/:/bin/sh\n");
  writeFileSync(join(root, "old/file"), "old\n");
  const options = ["--sort=name", "--numeric-owner", "--owner=0", "--group=0", "--mtime=@1600000000"];
  await runOk(["tar", ...options, "-C", root, "-cf", join(directory.path, "base.tar"), "."]);
}

beforeAll(async () => {
  if (isMissing) return;
  directory = await scratch("again");
  chmodSync(directory.path, 0o755);
  await makeBase();
});
afterAll(async () => {
  if (!isMissing) await directory[Symbol.asyncDispose]();
});

describe.skipIf(isMissing)("the same manifest, built", () => {
  let digest: string;
  beforeAll(async () => {
    digest = await digestOf();
  });

  test.each<[string, Variant]>([
    ["again", {}],
    ["with one job", { options: ["--jobs", "1"] }],
    ["with four jobs", { options: ["--jobs", "4"] }],
    [
      "under another umask, in another time zone and language",
      { umask: "077", env: { TZ: "Asia/Tokyo", LANG: "ja_JP.UTF-8" } },
    ],
    [
      "from files with other times, made in another order",
      { context: { seconds: 1_000_000_000, isReversed: true } },
    ],
    ["from a tar with other owners and times", { isTar: true }],
  ])("%s", async (_, variant) => {
    expect(await digestOf(variant)).toBe(digest);
  });

  tellMissing(modes);
  test.each(
    modes.slice(1).map((mode) => [mode.name, mode] as const),
  )("by an ordinary user with %s", async (_, mode) => {
    expect(await digestOf({ mode })).toBe(digest);
  });

  test.skipIf(modes.length < 2)("by an ordinary user, with owners changed", async () => {
    const mode = modes.find(({ name }) => name === "subordinate uids")!;
    expect(await digestOf({ mode, dockerfile: owners })).toBe(await digestOf({ dockerfile: owners }));
  });

  test("but another one at another time", async () => {
    expect(await digestOf({ env: { SOURCE_DATE_EPOCH: "1500000000" } })).not.toBe(digest);
    expect(await digestOf({ env: { SOURCE_DATE_EPOCH: "1500000000" } })).toBe(
      await digestOf({ options: ["--timestamp", "1500000000"] }),
    );
  });
});
