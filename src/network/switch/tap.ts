import { closeSync, constants, openSync } from "node:fs";
import { setInterface, withInterfaceSocket } from "../../sandbox/stage/interface.ts";
import { socketCalls } from "../socket-calls.ts";
import { macOf } from "./mac-address.ts";

/** A network device of a namespace whose frames a thread there reads and writes. */
export interface TapOrder {
  readonly device: string;
  readonly address: string;
  readonly prefixLength: number;
}

/** Large frames are few frames. */
const tapMtu = 65_500;

const TUNSETIFF = 0x400454ca;
const IFF_TAP_NO_PI = 0x1002;
const SIOCSIFMTU = 0x8922;
const SIOCSIFHWADDR = 0x8924;
const ARPHRD_ETHER = 1;
const O_NONBLOCK = constants.O_NONBLOCK;

/** Makes the device in this thread's namespace, where it is gone with the descriptor, and sets its addresses. */
export function openTap({ device, address, prefixLength }: TapOrder): number {
  const fd = openSync("/dev/net/tun", constants.O_RDWR | O_NONBLOCK);
  try {
    const { call, check } = socketCalls();
    const name = new TextEncoder().encode(device);
    const request = (value: ArrayBufferView) => {
      const bytes = new Uint8Array(40);
      bytes.set(name);
      bytes.set(new Uint8Array(value.buffer), 16);
      return bytes;
    };
    check(call.ioctl(fd, TUNSETIFF, request(Uint16Array.of(IFF_TAP_NO_PI))), "TUNSETIFF", device);
    withInterfaceSocket((socket) => {
      const hardware = Uint8Array.of(ARPHRD_ETHER, 0, ...macOf(address));
      check(call.ioctl(socket, SIOCSIFHWADDR, request(hardware)), "SIOCSIFHWADDR", device);
      check(call.ioctl(socket, SIOCSIFMTU, request(Int32Array.of(tapMtu))), "SIOCSIFMTU", device);
    });
    setInterface({ device, name: device, address, prefixLength });
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}
