import { headerLimitBytes, packageLimit, RpmError } from "./rpm-error.ts";

const pageBytes = 4096;
const slotBytes = 16;
const blockBytes = 16;
/** The first two slots are the file's own header. */
const headerSlots = 2;
/** "RpmP", "Slot" and "BlbS" as little-endian numbers. */
const magics = { file: 0x506d7052, slot: 0x746f6c53, blob: 0x53626c42 } as const;

function isNdb(bytes: Uint8Array): boolean {
  return bytes.length >= 32 && Buffer.from(bytes.subarray(0, 4)).toString("latin1") === "RpmP";
}

/**
 * The headers in a `Packages.db`, the format of openSUSE: pages of slots (package, first block, count of blocks), then the blobs.
 * @throws RpmError
 */
export function* ndbHeaders(bytes: Uint8Array): Generator<Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!isNdb(bytes) || view.getUint32(4, true) !== 0) throw new RpmError("not a Packages.db that is known");
  const slotPages = view.getUint32(12, true);
  if (slotPages * pageBytes > bytes.length) throw new RpmError("its slots are cut");
  let packages = 0;
  for (let at = headerSlots * slotBytes; at < slotPages * pageBytes; at += slotBytes) {
    if (view.getUint32(at, true) !== magics.slot) throw new RpmError(`there is no slot at byte ${at}`);
    const index = view.getUint32(at + 4, true);
    // A free one.
    if (index === 0) continue;
    if (++packages > packageLimit) throw new RpmError(`it has more than ${packageLimit} packages`);
    const start = view.getUint32(at + 8, true) * blockBytes;
    if (start + 16 > bytes.length) throw new RpmError("a slot points outside the file");
    const isRight = view.getUint32(start, true) === magics.blob && view.getUint32(start + 4, true) === index;
    const length = view.getUint32(start + 12, true);
    if (!isRight || length > headerLimitBytes || start + 16 + length > bytes.length) {
      throw new RpmError(`the header at byte ${start} is damaged`);
    }
    yield bytes.subarray(start + 16, start + 16 + length);
  }
}
