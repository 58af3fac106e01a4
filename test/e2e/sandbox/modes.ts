import { afterAll, expect, test } from "bun:test";
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { whySingleUid } from "../../../src/sandbox/id-map.ts";
import { hasSingleUid, privilege } from "../../../src/sandbox/mod.ts";
import { arePeersRequired } from "../../outside.ts";
import type { WorkerRequest, WorkerResult } from "./worker.ts";

/** A way to have power over mounts, and the user whose processes use it. */
export interface Mode {
  readonly name: "root" | "subordinate uids" | "single uid" | "ourselves";
  readonly hasOneUid: boolean;
  readonly user?: { readonly name: string; readonly uid: number; readonly gid: number };
}

const worker = join(import.meta.dir, "worker.ts");
const isRealRoot = privilege() === "root" && process.getuid?.() === 0;
const canMakeUsers =
  isRealRoot && ["useradd", "userdel", "setpriv", "newuidmap"].every((tool) => Bun.which(tool));

const made: string[] = [];

/**
 * As root: root itself, and two users made for the tests, with and without subordinate uids. Otherwise: whoever we are. What cannot be had here is
 * left out: see tellMissing(). To be called outside of tests: the users go with the file's last one.
 */
export function makeModes(): Mode[] {
  if (!isRealRoot) return [{ name: "ourselves", hasOneUid: isOneUid() }];
  if (!canMakeUsers) return [{ name: "root", hasOneUid: false }];
  afterAll(removeUsers);
  return [
    { name: "root", hasOneUid: false },
    { name: "subordinate uids", hasOneUid: false, user: makeUser("kasanesub", true) },
    { name: "single uid", hasOneUid: true, user: makeUser("kasaneone", false) },
  ];
}

/** The users alone, of makeModes(); modes that cannot be had are told of. */
export function makeUserModes(): Mode[] {
  const modes = makeModes();
  tellMissing(modes);
  return modes.filter(({ user }) => user !== undefined);
}

/** What a user namespace of ours would have. */
function isOneUid(): boolean {
  return privilege() === "none" ? whySingleUid() !== undefined : hasSingleUid();
}

export function missingModes(modes: readonly Mode[]): string[] {
  const all = ["root", "subordinate uids", "single uid"];
  return all.filter((name) => !modes.some((mode) => mode.name === name));
}

/** Modes that cannot be had here become visible skips, or failures where nothing may be missing. */
export function tellMissing(modes: readonly Mode[]): void {
  for (const name of missingModes(modes)) {
    const title = `steps as ${name} (needs root, useradd, setpriv, newuidmap)`;
    if (arePeersRequired && isRealRoot) test(title, () => expect.unreachable());
    else test.skip(title, () => {});
  }
}

let nextUser = 0;

function makeUser(prefix: string, hasSubordinates: boolean): NonNullable<Mode["user"]> {
  const name = `${prefix}${process.pid}x${nextUser++}`;
  const run = (...command: string[]) => {
    const { exitCode, stdout, stderr } = Bun.spawnSync(command);
    if (exitCode !== 0) throw new Error(`${command.join(" ")}: ${stderr}`);
    return stdout.toString().trim();
  };
  run("useradd", "--no-create-home", "--shell", "/bin/sh", name);
  made.push(name);
  // What useradd gives depends on the system's settings.
  const ranges = (option: string) => {
    Bun.spawnSync(["usermod", option, "0-4294967294", name]);
  };
  ranges("--del-subuids");
  ranges("--del-subgids");
  if (hasSubordinates)
    run("usermod", "--add-subuids", "3000000-3065535", "--add-subgids", "3000000-3065535", name);
  return { name, uid: Number(run("id", "-u", name)), gid: Number(run("id", "-g", name)) };
}

function removeUsers(): void {
  for (const name of made.splice(0)) Bun.spawnSync(["userdel", name]);
}

/** A directory of the mode's user, and steps in it. */
export class StepFixture {
  readonly directory: string;
  readonly mode: Mode;
  readonly prepare: string | undefined;
  #count = 0;

  constructor(mode: Mode, options: { prepare?: string } = {}) {
    this.mode = mode;
    this.prepare = options.prepare;
    this.directory = mkdtempSync(join(tmpdir(), "kasane-step-"));
    chmodSync(this.directory, 0o755);
    if (mode.user) chownSync(this.directory, mode.user.uid, mode.user.gid);
  }

  /** The command that starts the worker with a request, as the mode's user. */
  command(request: Omit<WorkerRequest, "directory">): string[] {
    const file = join(this.directory, `request-${this.#count++}.json`);
    const { prepare, directory } = this;
    writeFileSync(file, JSON.stringify({ ...(prepare ? { prepare } : {}), ...request, directory }), {
      mode: 0o644,
    });
    const { user } = this.mode;
    const asUser = user
      ? ["setpriv", `--reuid=${user.uid}`, `--regid=${user.gid}`, "--init-groups", "--inh-caps=-all", "--"]
      : [];
    return [...asUser, process.execPath, worker, file];
  }

  async run(request: Omit<WorkerRequest, "directory">): Promise<WorkerResult> {
    const child = Bun.spawn(this.command(request), {
      stdio: ["ignore", "pipe", "pipe"],
      cwd: "/",
      env: { PATH: "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", HOME: this.directory },
    });
    const [out, err] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
    try {
      return JSON.parse(out) as WorkerResult;
    } catch {
      throw new Error(`the worker failed: ${out}${err}`);
    }
  }

  /** A shell script in a fresh upper directory. */
  async script(script: string, step: Omit<WorkerRequest["step"], "argv"> = {}): Promise<WorkerResult> {
    this.clear();
    return this.run({ step: { ...step, argv: ["/bin/sh", "-c", script] } });
  }

  clear(): void {
    this.#remove(join(this.directory, "upper"), join(this.directory, "work"));
  }

  dispose(): void {
    this.#remove(this.directory);
  }

  #remove(...paths: string[]): void {
    // What belongs to other uids of a user namespace is removed in one.
    if (this.mode.name === "ourselves") Bun.spawnSync([process.execPath, worker, "--remove", ...paths]);
    else for (const path of paths) rmSync(path, { recursive: true, force: true });
  }
}
