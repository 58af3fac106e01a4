/** The whole table of Dockerfiles as an ordinary user: with subordinate uids what root makes, with a single uid all but owners. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, chownSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { buildCases } from "../interop/builders/cases/mod.ts";
import { type Scratch, scratch } from "../interop/peers.ts";
import { kasane, missing, runOk } from "../outside.ts";
import { treeDifference } from "../trees.ts";
import type { TableResult } from "./rootless/build-table.ts";
import { type Mode, makeModes, tellMissing } from "./sandbox/modes.ts";

const isMissing = missing("busybox", "unshare", "setpriv", "bzip2", "xz", "zstd") || process.getuid?.() !== 0;
const modes = makeModes();
const users = modes.filter(({ user }) => user !== undefined);
tellMissing(modes);

let directory: Scratch;
const results = new Map<string, TableResult>();

async function buildTable(mode: Mode): Promise<void> {
  const work = join(directory.path, mode.name.replace(" ", "-"));
  mkdirSync(work);
  const worker = [process.execPath, join(import.meta.dir, "rootless/build-table.ts"), directory.path, work];
  const { user } = mode;
  if (user) chownSync(work, user.uid, user.gid);
  const asUser = user
    ? [
        ...[
          "setpriv",
          `--reuid=${user.uid}`,
          `--regid=${user.gid}`,
          "--init-groups",
          "--inh-caps=-all",
          "--",
        ],
        ...[kasane, "unshare"],
      ]
    : [];
  const env = { HOME: work, XDG_DATA_HOME: work, ...(user ? { USER: user.name, LOGNAME: user.name } : {}) };
  const out = await runOk([...asUser, ...worker], { env });
  results.set(mode.name, JSON.parse(out.trim().split("\n").at(-1)!));
}

beforeAll(async () => {
  if (isMissing || users.length === 0) return;
  directory = await scratch("build-table");
  chmodSync(directory.path, 0o755);
  const [root] = modes;
  // It makes the base that the others take.
  await buildTable(root!);
  await Promise.all(users.map(buildTable));
}, 600_000);
afterAll(async () => {
  await directory?.[Symbol.asyncDispose]();
});

describe.skipIf(isMissing || users.length === 0).each(users.map((mode) => [mode.name, mode] as const))(
  "an ordinary user with %s builds what root builds",
  (_, { name, hasOneUid }) => {
    test.each(buildCases.map((one) => [one.name, one] as const))("%s", (_, one) => {
      const root = results.get("root")![one.name]!;
      const user = results.get(name)![one.name]!;
      if ("refused" in root) expect(user).toEqual(root);
      else if (one.needsRoot && !hasOneUid)
        expect(user).toEqual({ refused: expect.stringContaining("Operation not permitted") });
      else if ("refused" in user) throw new Error(user.refused);
      else if (user.digest !== root.digest) {
        const isSame = !hasOneUid || !(one.needsRoot || one.givesAway);
        const [theirs, ours] = [root, user].map(({ tree }) =>
          isSame ? tree : tree.filter(isNoDevice).map(shape),
        );
        expect(treeDifference(theirs!, ours!)).toEqual([]);
        // Equal trees are no equal images.
        if (isSame) expect(user.digest).toBe(root.digest);
      }
    });
  },
);

/** Where there is nobody else, what RUN gives to others stays root's, and what asks who runs it is told so: what is left is path, type and mode. */
function shape(line: string): string {
  return line.replace(/ \d+:\d+( .*)?$/, "");
}

/** Making one succeeds without effect. */
function isNoDevice(line: string): boolean {
  return !/ (character|block)-device /.test(line);
}
