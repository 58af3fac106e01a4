import { headerLimitBytes, packageLimit, RpmError } from "./rpm-error.ts";

const hashMagic = 0x00061561;
const pageHeaderBytes = 26;
const pageTypes = { unsortedHash: 2, overflow: 7, hash: 13 } as const;
const itemTypes = { data: 1, overflow: 3 } as const;

/** The byte order of a Berkeley DB hash table; undefined for anything else. */
function byteOrderOf(view: DataView): boolean | undefined {
  if (view.byteLength < 512) return undefined;
  if (view.getUint32(12, true) === hashMagic) return true;
  return view.getUint32(12) === hashMagic ? false : undefined;
}

/**
 * The headers in a `Packages`, the Berkeley DB hash table of rpm before 4.16: the values of all pages with entries. Those that do not fit
 * into a page are chains of overflow pages. What a key is does not matter here.
 * @throws RpmError
 */
export function* berkeleyHeaders(bytes: Uint8Array): Generator<Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isLittle = byteOrderOf(view);
  if (isLittle === undefined) throw new RpmError("not a Berkeley DB hash table");
  const pageBytes = view.getUint32(20, isLittle);
  if (pageBytes < 512 || pageBytes > 65_536 || (pageBytes & (pageBytes - 1)) !== 0) {
    throw new RpmError(`its pages cannot have ${pageBytes} bytes`);
  }
  if (view.getUint8(24) !== 0) throw new RpmError("it is encrypted");
  const pages = Math.floor(bytes.length / pageBytes);
  let packages = 0;
  // Every page belongs to one value at most, so all chains together are no longer than the file.
  const used = new Set<number>();

  function overflow(first: number, length: number): Uint8Array {
    if (length > headerLimitBytes) throw new RpmError("a header is too large");
    const value = new Uint8Array(length);
    let filled = 0;
    for (let page = first; filled < length; ) {
      const start = page * pageBytes;
      if (page === 0 || page >= pages || used.has(page) || view.getUint8(start + 25) !== pageTypes.overflow) {
        throw new RpmError("the pages of a header are damaged");
      }
      used.add(page);
      const here = view.getUint16(start + 22, isLittle);
      if (here === 0 || here > pageBytes - pageHeaderBytes || filled + here > length) {
        throw new RpmError("the pages of a header are damaged");
      }
      value.set(bytes.subarray(start + pageHeaderBytes, start + pageHeaderBytes + here), filled);
      filled += here;
      page = view.getUint32(start + 16, isLittle);
    }
    return value;
  }

  for (let page = 1; page < pages; page++) {
    const start = page * pageBytes;
    const type = view.getUint8(start + 25);
    if (type !== pageTypes.hash && type !== pageTypes.unsortedHash) continue;
    const entries = view.getUint16(start + 20, isLittle);
    if (pageHeaderBytes + entries * 2 > pageBytes) throw new RpmError(`page ${page} is damaged`);
    const offsetOf = (entry: number) => view.getUint16(start + pageHeaderBytes + entry * 2, isLittle);
    // A key, its value, the next key, its value; each stands before the one that came earlier.
    for (let entry = 1; entry < entries; entry += 2) {
      const [at, end] = [offsetOf(entry), offsetOf(entry - 1)];
      if (at < pageHeaderBytes || at >= end || end > pageBytes) throw new RpmError(`page ${page} is damaged`);
      const kind = view.getUint8(start + at);
      let value: Uint8Array;
      if (kind === itemTypes.data) value = bytes.subarray(start + at + 1, start + end);
      else if (kind === itemTypes.overflow && end - at >= 12) {
        value = overflow(view.getUint32(start + at + 4, isLittle), view.getUint32(start + at + 8, isLittle));
      } else throw new RpmError(`page ${page} has a value of an unknown kind`);
      // The entry that counts the packages has four bytes.
      if (value.length <= 4) continue;
      if (++packages > packageLimit) throw new RpmError(`it has more than ${packageLimit} packages`);
      yield value;
    }
  }
}
