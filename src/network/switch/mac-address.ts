/** What Docker made of IPv4 addresses: so everybody knows whose a frame is by its address alone. */
export function macOf(address: string): Uint8Array {
  return Uint8Array.of(0x02, 0x42, ...address.split(".").map(Number));
}

export function macText(address: string): string {
  return [...macOf(address)].map((byte) => byte.toString(16).padStart(2, "0")).join(":");
}
