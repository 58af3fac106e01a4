import { availableParallelism } from "node:os";
import { KasaneError } from "../../lib/mod.ts";
import type { DeviceLimit, Resources, Ulimit } from "../../sandbox/mod.ts";

/** A wrong value of a flag, before anything is made. */
export function wrongLimit(message: string, hint: string): KasaneError {
  return new KasaneError("usage", message, { hint, data: { exitCode: 125 } });
}

const factors: Readonly<Record<string, number>> = {
  "": 1,
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  t: 2 ** 40,
  p: 2 ** 50,
};

/** `512m`, `1.5g`, `4096`: bytes; units of memory are powers of two, as docker has them. */
export function parseMemory(text: string, flag: string): number {
  const [, count, unit] = /^(\d+(?:\.\d+)?) ?([kmgtp]?)i?b?$/i.exec(text) ?? [];
  const bytes = Math.floor(Number(count) * (factors[unit?.toLowerCase() ?? "?"] ?? Number.NaN));
  if (Number.isSafeInteger(bytes)) return bytes;
  throw wrongLimit(
    `invalid argument ${JSON.stringify(text)} for "${flag}" flag: invalid size: '${text}'`,
    "a number of bytes, or with b, k, m or g, for example 512m",
  );
}

/** `1.5`: billionths of a processor. */
export function parseCpus(text: string): number {
  const nano = /^\d+(\.\d{1,9})?$/.test(text) ? Math.round(Number(text) * 1e9) : Number.NaN;
  if (Number.isSafeInteger(nano)) return nano;
  throw wrongLimit(
    `invalid argument ${JSON.stringify(text)} for "--cpus" flag: Failed to parse ${text} as a rational number`,
    "a number of processors, for example 0.5 or 2",
  );
}

/** `0-2,5`: the numbers. */
function parseCpuset(text: string): number[] | undefined {
  const numbers: number[] = [];
  for (const part of text.split(",")) {
    const [, from, to] = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(part) ?? [];
    if (from === undefined || Number(to ?? from) < Number(from)) return undefined;
    for (let number = Number(from); number <= Number(to ?? from); number++) numbers.push(number);
  }
  return numbers;
}

const leastMemoryBytes = 6 * 2 ** 20;

/** @throws KasaneError `usage`, in Docker's words */
export function checkResources(resources: Resources): void {
  const { memoryBytes, memorySwapBytes, memoryReservationBytes } = resources;
  const { nanoCpus, cpuQuotaUs, cpuPeriodUs, blkioWeight } = resources;
  const memoryHint = "see 'kasane run --help'";
  if (memoryBytes && memoryBytes < leastMemoryBytes)
    throw wrongLimit("Minimum memory limit allowed is 6MB", "for example --memory 64m");
  if (memorySwapBytes && memorySwapBytes > 0) {
    if (!memoryBytes)
      throw wrongLimit(
        "You should always set the Memory limit when using Memoryswap limit, see usage",
        "give --memory as well",
      );
    if (memorySwapBytes < memoryBytes)
      throw wrongLimit(
        "Minimum memoryswap limit should be larger than memory limit, see usage",
        "--memory-swap counts memory and swap together",
      );
  }
  if (memoryBytes && memoryReservationBytes && memoryBytes < memoryReservationBytes)
    throw wrongLimit(
      "Minimum memory limit can not be less than memory reservation limit, see usage",
      memoryHint,
    );
  const processors = availableParallelism();
  if (nanoCpus && (nanoCpus < 1e7 || nanoCpus > processors * 1e9))
    throw wrongLimit(
      `Range of CPUs is from 0.01 to ${processors}.00, as there are only ${processors} CPUs available`,
      "for example --cpus 0.5",
    );
  if (nanoCpus && (cpuPeriodUs || cpuQuotaUs))
    throw wrongLimit(
      `Conflicting options: Nano CPUs and CPU ${cpuPeriodUs ? "Period" : "Quota"} cannot both be set`,
      "--cpus stands for both",
    );
  if (cpuPeriodUs && (cpuPeriodUs < 1000 || cpuPeriodUs > 1e6))
    throw wrongLimit(
      "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)",
      "for example --cpu-period 100000",
    );
  if (cpuQuotaUs && cpuQuotaUs > 0 && cpuQuotaUs < 1000)
    throw wrongLimit("CPU cfs quota can not be less than 1ms (i.e. 1000)", "for example --cpu-quota 50000");
  if (blkioWeight && (blkioWeight < 10 || blkioWeight > 1000))
    throw wrongLimit("Range of blkio weight is from 10 to 1000", "for example --blkio-weight 500");
  const { memorySwappiness } = resources;
  if (memorySwappiness !== undefined && (memorySwappiness < -1 || memorySwappiness > 100))
    throw wrongLimit(
      `Invalid value: ${memorySwappiness}, valid memory swappiness range is 0-100`,
      "for example --memory-swappiness 10",
    );
  checkCpuset(resources);
}

function checkCpuset({ cpusetCpus, cpusetMems }: Resources): void {
  for (const [text, name] of [
    [cpusetCpus, "cpus"],
    [cpusetMems, "mems"],
  ] as const) {
    if (text === undefined || text === "") continue;
    const numbers = parseCpuset(text);
    if (numbers === undefined)
      throw wrongLimit(`Invalid value ${text} for cpuset ${name}`, "for example 0-1,3");
    const last = availableParallelism() - 1;
    if (name === "cpus" && numbers.some((number) => number > last))
      throw wrongLimit(
        `Requested CPUs are not available - requested ${text}, available: ${last === 0 ? "0" : `0-${last}`}`,
        "'nproc' tells how many there are",
      );
  }
}

/** `/dev/sda:10m`, `/dev/sda:100`. @throws KasaneError `usage`, in Docker's words */
export function parseDeviceLimit(kind: DeviceLimit["kind"], text: string): DeviceLimit {
  const colon = text.indexOf(":");
  const [path, rate] = [text.slice(0, colon), text.slice(colon + 1)];
  const invalid = (why: string) =>
    wrongLimit(
      `invalid argument ${JSON.stringify(text)} for "--device-${kind}" flag: ${why}`,
      "write a disk and a rate, for example /dev/sda:1000",
    );
  if (colon <= 0) throw invalid(`bad format: ${text}`);
  if (!path.startsWith("/dev/")) throw invalid(`bad format for device path: ${text}`);
  if (kind.endsWith("iops")) {
    if (/^\d{1,15}$/.test(rate)) return { kind, path, rate: Number(rate) };
    throw invalid(`invalid rate for device: ${text}`);
  }
  try {
    return { kind, path, rate: parseMemory(rate, "") };
  } catch {
    throw invalid(`invalid rate for device: ${text}`);
  }
}

/** `c 189:* rwm`. @throws KasaneError `usage`, in Docker's words */
export function parseDeviceRule(text: string): string {
  if (/^[acb] (\d+|\*):(\d+|\*) [rwm]{1,3}$/.test(text)) return text;
  throw wrongLimit(
    `invalid argument ${JSON.stringify(text)} for "--device-cgroup-rule" flag: invalid device cgroup format '${text}'`,
    "write c or b, the device's numbers and what is allowed, for example 'c 189:* rwm'",
  );
}

const ulimitNames = [
  ...["core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss"],
  ...["rtprio", "rttime", "sigpending", "stack"],
];

/** `nofile=1024:2048`; `unlimited` or -1. @throws KasaneError `usage`, in Docker's words */
export function parseUlimit(text: string): Ulimit {
  const invalid = (why: string) =>
    wrongLimit(
      `invalid argument ${JSON.stringify(text)} for "--ulimit" flag: ${why}`,
      "write NAME=SOFT or NAME=SOFT:HARD, for example nofile=1024:2048",
    );
  const equals = text.indexOf("=");
  if (equals < 0) throw invalid(`invalid ulimit argument: ${text}`);
  const name = text.slice(0, equals);
  const values = text.slice(equals + 1).split(":");
  if (!ulimitNames.includes(name)) throw invalid(`invalid ulimit type: ${name}`);
  if (values.length > 2)
    throw invalid(
      `too many limit value arguments - ${values.join(":")}, can only have up to two, \`soft[:hard]\``,
    );
  const [soft, hard] = values.map((value) => {
    if (value === "unlimited") return -1;
    if (/^(-1|\d{1,15})$/.test(value)) return Number(value);
    throw invalid(`strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`);
  });
  if (hard !== undefined && hard !== -1 && (soft! > hard || soft === -1))
    throw invalid(`ulimit soft limit must be less than or equal to hard limit: ${soft} > ${hard}`);
  return { name, soft: soft!, hard: hard ?? soft! };
}

const sysctls = [
  ...["kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem", "kernel.shmall", "kernel.shmmax"],
  ...["kernel.shmmni", "kernel.shm_rmid_forced"],
];

/** `net.core.somaxconn=1024`: settings that belong to a namespace. @throws KasaneError `usage` */
export function parseSysctl(text: string): [name: string, value: string] {
  const equals = text.indexOf("=");
  const name = text.slice(0, equals);
  const isKnown = sysctls.includes(name) || /^(net|fs\.mqueue)\.[\w./-]+$/.test(name);
  if (equals > 0 && isKnown && !name.includes("..")) return [name, text.slice(equals + 1)];
  throw wrongLimit(
    `invalid argument ${JSON.stringify(text)} for "--sysctl" flag: sysctl '${text}' is not allowed`,
    "write NAME=VALUE, with a setting of namespaces: kernel.shm…, kernel.msg…, kernel.sem, fs.mqueue.… or net.…",
  );
}

/** @throws KasaneError `usage` */
export function parseOomScore(score: number): number {
  if (Number.isInteger(score) && score >= -1000 && score <= 1000) return score;
  throw wrongLimit(
    `Invalid value ${score}, range for oom score adj is [-1000, 1000]`,
    "1000 is ended first when memory is short",
  );
}
