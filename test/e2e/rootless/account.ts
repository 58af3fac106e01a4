import {
  chmodSync,
  cpSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { dependencies } from "../../../package.json";
import { checkout, type Finished, run } from "../../outside.ts";
import type { Mode } from "../sandbox/modes.ts";

/** An ordinary user with a home directory and a clone of the project in it, as somebody has who just installed it. */
export class Account {
  readonly user: NonNullable<Mode["user"]>;
  readonly hasSubordinates: boolean;
  readonly home: string;
  readonly kasane: string;
  readonly #top: string;

  constructor({ name, user }: Mode) {
    if (!user) throw new Error(`${name} is no ordinary user`);
    this.user = user;
    this.hasSubordinates = name === "subordinate uids";
    this.#top = mkdtempSync(join(tmpdir(), "kasane-account-"));
    chmodSync(this.#top, 0o755);
    this.home = join(this.#top, "home");
    const clone = join(this.home, "kasane");
    for (const path of ["bin", "src", "scripts", "package.json"])
      cpSync(join(checkout, path), join(clone, path), { recursive: true });
    for (const name of Object.keys(dependencies).filter((name) => name !== "bun")) {
      cpSync(join(checkout, "node_modules", name), join(clone, "node_modules", name), { recursive: true });
    }
    placeRuntime(join(clone, "node_modules/bun/bin/bun.exe"));
    this.kasane = join(clone, "bin/kasane");
    this.own(this.home);
  }

  /** A path in the home directory. */
  at(...names: string[]): string {
    return join(this.home, ...names);
  }

  /** Gives what root made here to the user. */
  own(path: string): void {
    const { uid, gid } = this.user;
    // Not the runtime, which may be one file with root's.
    Bun.spawnSync([
      "find",
      path,
      "!",
      "-name",
      "bun.exe",
      "-exec",
      "chown",
      "-h",
      `${uid}:${gid}`,
      "{}",
      "+",
    ]);
  }

  /** A command as this user, with a clean environment. */
  command(argv: readonly string[], env: Record<string, string | undefined> = {}): string[] {
    const { uid, gid } = this.user;
    const all = {
      HOME: this.home,
      PATH: `${dirname(this.kasane)}:/usr/local/bin:/usr/bin:/bin`,
      TMPDIR: undefined,
      TERM: "xterm",
      ...env,
    };
    const assignments = Object.entries(all).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}=${value}`],
    );
    const asUser = ["setpriv", `--reuid=${uid}`, `--regid=${gid}`, "--init-groups", "--inh-caps=-all", "--"];
    return [...asUser, "env", "-i", "-C", this.home, ...assignments, ...argv];
  }

  run(argv: readonly string[], env: Record<string, string | undefined> = {}): Promise<Finished> {
    return run(this.command(argv, env));
  }

  /** A script of the user's shell, which finds kasane; standard error comes with the output. */
  async shell(script: string, env: Record<string, string | undefined> = {}): Promise<Finished> {
    return this.run(["/bin/sh", "-c", `exec 2>&1\n${script}`], env);
  }

  /** A call of kasane that must succeed; its standard output. */
  async ok(...args: string[]): Promise<string> {
    const { code, out, err } = await this.run([this.kasane, ...args]);
    if (code !== 0) throw new Error(`kasane ${args.join(" ")} ended with ${code}\n${out}\n${err}`);
    return out;
  }

  /** Command lines of what the user has running, and whatever runs with its subordinate ids. */
  processes(): string[] {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => {
        try {
          const { uid } = lstatSync(`/proc/${pid}`);
          const isOurs =
            uid === this.user.uid || (this.hasSubordinates && uid >= 3_000_000 && uid < 3_065_536);
          return isOurs ? [argumentsOf(pid)].filter((text) => text !== "") : [];
        } catch {
          return [];
        }
      });
  }

  /** Waits until nothing of the user runs any more; what is left after two seconds. */
  async leftProcesses(): Promise<string[]> {
    for (const end = Date.now() + 2000; ; await Bun.sleep(10)) {
      const left = this.processes();
      if (left.length === 0 || Date.now() > end) return left;
    }
  }

  dispose(): void {
    rmSync(this.#top, { recursive: true, force: true });
  }
}

/** Empty for a zombie, which has done all it will ever do. */
function argumentsOf(pid: string): string {
  return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
}

function placeRuntime(path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  try {
    linkSync(process.execPath, path);
  } catch {
    cpSync(process.execPath, path);
  }
}
