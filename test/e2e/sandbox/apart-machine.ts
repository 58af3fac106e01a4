import { existsSync } from "node:fs";
import { join } from "node:path";

/** As the machine beside it sees it. */
export const machineAddress = "198.51.100.1";
/** Of the machine beside it, which tells at port 7 whom it sees. */
export const outsideAddress = "198.51.100.2";

const directories = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
const addressServer = join(import.meta.dir, "address-server.ts");

const make = `
set -e
for file; do mount --bind /dev/null "$file"; done
mount -t tmpfs tmpfs /run
ip link set lo up
setpriv --pdeathsig KILL unshare --net sleep infinity &
until [ "$(readlink /proc/$!/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do :; done
ip link add up0 type veth peer name down0 netns $!
ip address add ${machineAddress}/24 dev up0
ip link set up0 up
nsenter --net=/proc/$!/ns/net -- ip address add ${outsideAddress}/24 dev down0
nsenter --net=/proc/$!/ns/net -- ip link set down0 up
ip route add default via ${outsideAddress}
echo 1 > /proc/sys/net/ipv4/ip_forward
echo "$$ $!"
wait
`;

/**
 * A machine with devices, rules and mounts of its own, without some of this one's programs, and one beside it that it reaches: what happens there
 * never meets this machine's network. Needs root.
 */
export class ApartMachine implements Disposable {
  readonly #pid: string;
  readonly #outside: string;
  readonly #processes: readonly Bun.Subprocess[];

  private constructor(pid: string, outside: string, processes: readonly Bun.Subprocess[]) {
    this.#pid = pid;
    this.#outside = outside;
    this.#processes = processes;
  }

  static async start({ without }: { without: readonly string[] }): Promise<ApartMachine> {
    const hidden = without.flatMap((name) =>
      directories.map((directory) => join(directory, name)).filter((path) => existsSync(path)),
    );
    const shell = started("unshare", "--net", "--mount", "sh", "-c", make, "sh", ...hidden);
    const [pid, outside] = (await firstLine(shell)).split(" ");
    const server = started("nsenter", `--net=/proc/${outside}/ns/net`, process.execPath, addressServer);
    await firstLine(server);
    return new ApartMachine(pid!, outside!, [server, shell]);
  }

  /** Before a command that is to run there. */
  get enter(): string[] {
    return ["nsenter", `--net=/proc/${this.#pid}/ns/net`, `--mount=/proc/${this.#pid}/ns/mnt`, "--"];
  }

  /** Runs a command there, as root. */
  run(...command: string[]): { code: number; out: string } {
    return finished(...this.enter, ...command);
  }

  /** On the machine beside it. */
  runOutside(...command: string[]): { code: number; out: string } {
    return finished("nsenter", `--net=/proc/${this.#outside}/ns/net`, "--", ...command);
  }

  [Symbol.dispose](): void {
    for (const one of this.#processes) one.kill("SIGKILL");
  }
}

function finished(...command: string[]): { code: number; out: string } {
  const { exitCode, stdout, stderr } = Bun.spawnSync(command);
  return { code: exitCode, out: `${stdout}${stderr}` };
}

function started(...command: string[]) {
  return Bun.spawn(command, { stdio: ["ignore", "pipe", "inherit"] });
}

async function firstLine(child: ReturnType<typeof started>): Promise<string> {
  let text = "";
  for await (const chunk of child.stdout) {
    text += Buffer.from(chunk).toString();
    if (text.includes("\n")) return text.split("\n")[0]!;
  }
  throw new Error(`it ended: ${text}`);
}
