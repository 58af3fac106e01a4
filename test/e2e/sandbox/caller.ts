import { afterAll, beforeAll, describe, expect } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { lazily } from "../../../src/lib/mod.ts";
import { kasane } from "../../outside.ts";
import { type Mode, makeModes, StepFixture } from "./modes.ts";
import { makeStepRoot } from "./step-root.ts";

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A describe() as each user that there can be, with a caller that is ready when its tests begin, and whose containers go after them. */
export function describeAsEachUser(
  title: string,
  { isMissing }: { isMissing: boolean },
  tests: (caller: Caller, mode: Mode) => void,
): void {
  const modes = makeModes();
  describe.skipIf(isMissing).each(modes.map((mode) => [mode.name, mode] as const))(
    `${title} as %s`,
    (_, mode) => {
      const caller = new Caller(mode);
      beforeAll(() => caller.prepare());
      afterAll(async () => {
        await caller.removeContainers();
        caller.dispose();
      });
      tests(caller, mode);
    },
  );
}

/** kasane as a mode's user, with a store of its own that holds the image `box`. */
export class Caller {
  readonly #fixture: () => StepFixture;
  readonly #mode: Mode;
  readonly #enter: readonly string[];

  /** `enter` stands before every command, and is root's. */
  constructor(mode: Mode, { enter = [] }: { enter?: readonly string[] } = {}) {
    this.#mode = mode;
    this.#enter = enter;
    this.#fixture = lazily(() => new StepFixture(mode));
  }

  get directory(): string {
    return this.#fixture().directory;
  }

  get root(): string {
    return join(this.directory, "store");
  }

  async prepare(): Promise<void> {
    const rootfs = join(this.directory, "rootfs");
    await makeStepRoot(rootfs);
    const archive = join(this.directory, "box.tar");
    const { exitCode } = Bun.spawnSync(["tar", "-C", rootfs, "--owner=0", "--group=0", "-cf", archive, "."]);
    expect(exitCode).toBe(0);
    const changes = ['CMD ["sh", "-c", "echo default $A $PWD"]', "ENV A=image", "WORKDIR /tmp", "LABEL l=1"];
    const imported = await this.call("import", ...changes.flatMap((text) => ["-c", text]), archive, "box");
    expect(imported.err).toBe("");
  }

  command(...argv: string[]): string[] {
    const { user } = this.#mode;
    const asUser = user
      ? ["setpriv", `--reuid=${user.uid}`, `--regid=${user.gid}`, "--init-groups", "--inh-caps=-all", "--"]
      : [];
    return [...this.#enter, ...asUser, kasane, "--root", this.root, ...argv];
  }

  spawn(...call: string[] | [{ stdin: Blob }, ...string[]]) {
    const [first, ...rest] = call;
    const argv = typeof first === "object" ? rest : (call as string[]);
    return Bun.spawn(this.command(...(argv as string[])), {
      stdin: typeof first === "object" ? first.stdin : "ignore",
      stdout: "pipe",
      stderr: "pipe",
      cwd: this.directory,
      env: { PATH: "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", HOME: this.directory, FROM_CALLER: "yes" },
    });
  }

  async call(...argv: string[]): Promise<Outcome> {
    return this.#outcome(this.spawn(...argv));
  }

  /** call() with something on standard input. */
  async feed(stdin: Blob, ...argv: string[]): Promise<Outcome> {
    return this.#outcome(this.spawn({ stdin }, ...argv));
  }

  /** What it says of a command that ends well and warns of nothing. */
  async ok(...argv: string[]): Promise<string> {
    const outcome = await this.call(...argv);
    expect(outcome).toMatchObject({ code: 0, err: "" });
    return outcome.out;
  }

  /** Removes every container. */
  async removeContainers(): Promise<void> {
    const ids = (await this.call("ps", "-aq")).out.trim();
    if (ids !== "") await this.call("rm", "-f", ...ids.split("\n"));
  }

  async #outcome(child: ReturnType<Caller["spawn"]>): Promise<Outcome> {
    const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
    // With a single uid, every command says so first; and once what carries packets is missing here.
    const known =
      /^.*(only your own uid|containers reach nothing outside|containers of a network do not).*\n/gm;
    return { code, out, err: err.replace(known, "") };
  }

  leftContainers(): string[] {
    const path = join(this.root, "containers");
    return existsSync(path) ? readdirSync(path) : [];
  }

  dispose(): void {
    this.#fixture().dispose();
  }
}

const patienceMs = 20_000;

export async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + patienceMs; !(await isTrue()); await Bun.sleep(20))
    if (Date.now() > end) throw new Error("it did not come true");
}
