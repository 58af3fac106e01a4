import type { ByteCursor } from "./byte-cursor.ts";
import type { TarEntryType } from "./entry.ts";
import { Extensions } from "./extensions.ts";
import {
  blockSize,
  hasValidChecksum,
  isZeroBlock,
  paddingOf,
  parseHeader,
  type RawHeader,
} from "./header.ts";
import { LimitMeter } from "./limit-meter.ts";
import { MemberContent } from "./member-content.ts";
import { decodeName } from "./name-bytes.ts";
import { parsePaxRecords } from "./pax.ts";
import type { TarMember } from "./reader.ts";
import { parseMapRecord, readMapFromContent, readOldGnuMap, type SparseMap } from "./sparse.ts";
import { beyond, damaged, notAHeader, truncated } from "./tar-error.ts";
import type { TarLimits } from "./tar-limits.ts";

const types: Readonly<Record<string, TarEntryType>> = {
  "\0": "file",
  "0": "file",
  "1": "hardlink",
  "2": "symlink",
  "3": "character-device",
  "4": "block-device",
  "5": "directory",
  "6": "fifo",
  // Contiguous files, GNU's directory dumps and GNU's sparse files.
  "7": "file",
  D: "directory",
  S: "file",
};

/** Goes from header to header: extensions are gathered, contents skipped where nobody reads them. */
export class MemberReader {
  readonly #cursor: ByteCursor;
  readonly #limits: TarLimits;
  readonly #extensions = new Extensions();
  readonly #meter: LimitMeter;
  /** Stored bytes a hard link may have or not: the next block tells. */
  #doubtfulBytes = 0;

  constructor(cursor: ByteCursor, limits: TarLimits) {
    this.#cursor = cursor;
    this.#limits = limits;
    this.#meter = new LimitMeter(limits);
  }

  async *members(): AsyncGenerator<TarMember, void, undefined> {
    for (;;) {
      const start = this.#cursor.position;
      const block = this.#cursor.take(blockSize) ?? (await this.#cursor.read(blockSize));
      if (block.length === 0) return this.#end(start);
      if (block.length < blockSize) throw truncated(start, "within a header");
      if (block[0] === 0 && isZeroBlock(block)) {
        const second = await this.#cursor.read(blockSize);
        if (isZeroBlock(second)) return this.#end(start);
        throw damaged(start, "a zero block stands between two members");
      }
      if (!hasValidChecksum(block)) {
        if (this.#doubtfulBytes === 0) throw notAHeader(start, block);
        await this.#skip(this.#doubtfulBytes - blockSize, start);
        this.#doubtfulBytes = 0;
        continue;
      }
      this.#doubtfulBytes = 0;
      this.#meter.addEntry();
      const raw = parseHeader(block);
      if (raw.size < 0) throw damaged(start, "the size is negative");
      if (await this.#readExtension(raw, start)) continue;
      const content = new MemberContent(this.#cursor);
      yield await this.#member(raw, block, start, content);
      this.#extensions.reset();
      await content.finish();
    }
  }

  /** True when the header describes another one, or nothing a container has. */
  async #readExtension(raw: RawHeader, start: number): Promise<boolean> {
    switch (raw.typeFlag) {
      case "x":
      case "X":
        this.#extensions.addLocal(parsePaxRecords(await this.#readHeaderContent(raw, start)));
        return true;
      case "g":
        this.#extensions.addGlobal(
          parsePaxRecords(await this.#readHeaderContent(raw, start)),
          this.#limits.maxHeaderBytes,
        );
        return true;
      case "L":
        this.#extensions.longName = untilNul(await this.#readHeaderContent(raw, start));
        this.#extensions.pending = true;
        return true;
      case "K":
        this.#extensions.longLink = untilNul(await this.#readHeaderContent(raw, start));
        this.#extensions.pending = true;
        return true;
      case "V":
        // A volume label.
        await this.#skip(raw.size + paddingOf(raw.size), start);
        return true;
      default:
        return false;
    }
  }

  async #member(
    raw: RawHeader,
    block: Uint8Array,
    start: number,
    content: MemberContent,
  ): Promise<TarMember> {
    const extensions = this.#extensions;
    const path = this.#meter.bounded(extensions.path(raw));
    const storedBytes = extensions.number("size") ?? raw.size;
    let type = types[raw.typeFlag];
    if (type === undefined) {
      throw damaged(start, `${JSON.stringify(path)} has the unknown type ${JSON.stringify(raw.typeFlag)}`);
    }
    if (raw.typeFlag === "\0" && path.endsWith("/")) type = "directory";
    const isLink = type === "symlink" || type === "hardlink";
    const linkTarget = isLink ? this.#meter.bounded(extensions.linkTarget(raw)) : undefined;
    let sparse: SparseMap | undefined;
    if (type === "file") {
      sparse = await this.#sparseMap(raw, block, storedBytes, content);
      content.begin(storedBytes, sparse);
    } else if (raw.typeFlag === "D") {
      content.skip(storedBytes);
    } else if (type === "hardlink") {
      // Old tars repeat the size of the file the link points to and store nothing; pax -o linkdata stores the content again.
      // Only the next block tells: it is a header or it is not.
      this.#doubtfulBytes = storedBytes + paddingOf(storedBytes);
    }
    const sizeBytes = content.sizeBytes;
    this.#meter.addContent(sizeBytes);
    const xattrs = extensions.xattrs();
    return {
      path,
      type,
      mode: raw.mode,
      ...extensions.owner(raw),
      sizeBytes,
      modified: extensions.modified(raw),
      ...(linkTarget === undefined ? {} : { linkTarget }),
      ...(type === "character-device" || type === "block-device"
        ? { deviceMajor: raw.deviceMajor, deviceMinor: raw.deviceMinor }
        : {}),
      ...(xattrs === undefined ? {} : { xattrs }),
      contentOffset: this.#cursor.position,
      isSparse: sparse !== undefined,
      content: () => content.read(),
    };
  }

  async #sparseMap(
    raw: RawHeader,
    block: Uint8Array,
    storedBytes: number,
    content: MemberContent,
  ): Promise<SparseMap | undefined> {
    const maxHeaderBytes = this.#limits.maxHeaderBytes;
    if (raw.typeFlag === "S") return readOldGnuMap(new Uint8Array(block), this.#cursor, maxHeaderBytes);
    const extensions = this.#extensions;
    if (extensions.get("GNU.sparse.major") !== undefined) {
      if (extensions.number("GNU.sparse.major") !== 1 || (extensions.number("GNU.sparse.minor") ?? 0) !== 0) {
        throw damaged(this.#cursor.position, "a sparse file has an unknown version");
      }
      const sizeBytes = extensions.number("GNU.sparse.realsize") ?? 0;
      const { map, mapBytes } = await readMapFromContent(this.#cursor, {
        sizeBytes,
        storedBytes,
        maxHeaderBytes,
      });
      content.mapBytes = mapBytes;
      return map;
    }
    const record = extensions.get("GNU.sparse.map");
    const size = extensions.number("GNU.sparse.size");
    if (record === undefined && size === undefined) return undefined;
    return parseMapRecord(record ?? new Uint8Array(0), size ?? storedBytes);
  }

  async #readHeaderContent(raw: RawHeader, start: number): Promise<Uint8Array> {
    if (raw.size > this.#limits.maxHeaderBytes) {
      throw beyond(
        `the extended header at byte ${start} is longer than ${this.#limits.maxHeaderBytes} bytes`,
      );
    }
    const whole = raw.size + paddingOf(raw.size);
    const bytes = await this.#cursor.read(whole);
    if (bytes.length < whole) throw truncated(start, "within an extended header");
    return bytes.subarray(0, raw.size);
  }

  async #skip(length: number, start: number): Promise<void> {
    if (!(await this.#cursor.skip(length))) throw truncated(start, "within a member");
  }

  #end(start: number): void {
    if (this.#extensions.pending) throw truncated(start, "after an extended header");
  }
}

function untilNul(bytes: Uint8Array): string {
  const nul = bytes.indexOf(0);
  return decodeName(nul === -1 ? bytes : bytes.subarray(0, nul));
}
