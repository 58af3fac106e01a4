import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";

/** The address that this machine is reached at from a container's network: the one of the device that leads everywhere, else any that is not loopback. */
export function hostGateway(): string {
  const devices = networkInterfaces();
  const addressOf = (device: string) =>
    devices[device]?.find(({ family, internal }) => family === "IPv4" && !internal)?.address;
  const candidates = [defaultDevice(), ...Object.keys(devices)];
  return (
    candidates.map((device) => (device === undefined ? undefined : addressOf(device))).find(Boolean) ??
    "127.0.0.1"
  );
}

function defaultDevice(): string | undefined {
  try {
    const rows = readFileSync("/proc/net/route", "utf8").split("\n").slice(1);
    return rows.map((row) => row.split("\t")).find(([, destination]) => destination === "00000000")?.[0];
  } catch {
    return undefined;
  }
}
