import { RpmError } from "./rpm-error.ts";

/** What is asked of a package's header. */
export interface RpmPackage {
  readonly name: string;
  /** `epoch:version-release`, as rpm's `%{EVR}`. */
  readonly version: string;
  /** Empty for public keys, which are kept as packages. */
  readonly architecture: string;
}

const tags = { name: 1000, version: 1001, release: 1002, epoch: 1003, architecture: 1022 } as const;
const types = { int32: 4, string: 6, translated: 9 } as const;
const entryBytes = 16;

/**
 * The header of a package as rpm keeps it: two counts, an index of (tag, type, offset, count), then the data, everything big-endian.
 * @throws RpmError
 */
export function readRpmHeader(bytes: Uint8Array): RpmPackage {
  if (bytes.length < 8) throw new RpmError("a header is cut");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries = view.getUint32(0);
  const dataBytes = view.getUint32(4);
  const dataStart = 8 + entries * entryBytes;
  if (dataStart + dataBytes > bytes.length) throw new RpmError("a header is longer than its record");
  const data = bytes.subarray(dataStart, dataStart + dataBytes);
  const offsets = new Map<number, number>();
  for (let at = 8; at < dataStart; at += entryBytes) {
    const [tag, type, offset] = [view.getUint32(at), view.getUint32(at + 4), view.getUint32(at + 8)];
    const isText = type === types.string || type === types.translated;
    if (tag === tags.epoch ? type === types.int32 : isText) offsets.set(tag, offset);
  }
  const text = (tag: number) => textAt(data, offsets.get(tag));
  const name = text(tags.name);
  if (name === "") throw new RpmError("a package has no name");
  const epochAt = offsets.get(tags.epoch);
  if (epochAt !== undefined && epochAt + 4 > data.length)
    throw new RpmError("a header points outside itself");
  const epoch = epochAt === undefined ? "" : `${view.getUint32(dataStart + epochAt)}:`;
  const version = `${epoch}${text(tags.version)}-${text(tags.release)}`;
  return { name, version, architecture: text(tags.architecture) };
}

function textAt(data: Uint8Array, offset: number | undefined): string {
  if (offset === undefined) return "";
  const end = data.indexOf(0, offset);
  if (offset >= data.length || end < 0) throw new RpmError("a header points outside itself");
  return Buffer.from(data.subarray(offset, end)).toString("utf8");
}
