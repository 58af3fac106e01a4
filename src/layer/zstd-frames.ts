import { type ByteSource, KasaneError } from "../lib/mod.ts";

const magic = 0xfd2fb528;
const skippableMagic = 0x184d2a50;

/**
 * Passes zstd frames through and checks that the source ends where a frame ends, which Bun's decompressor does not: it takes a
 * truncated source, or garbage behind a frame, for the end. Follows only headers and block lengths (RFC 8878, section 3.1).
 * @throws KasaneError `invalid-archive`
 */
export async function* checkZstdFrames(source: ByteSource): AsyncGenerator<Uint8Array, void, undefined> {
  const walker = new FrameWalker();
  for await (const chunk of source) {
    walker.push(chunk);
    yield chunk;
  }
  walker.end();
}

/** The same for bytes in memory. @throws KasaneError `invalid-archive` */
export function checkWholeZstd(bytes: Uint8Array): void {
  const walker = new FrameWalker();
  walker.push(bytes);
  walker.end();
}

type State = "magic" | "skippable-size" | "descriptor" | "block";

class FrameWalker {
  #state: State = "magic";
  /** Bytes to pass over before the next field. */
  #skip = 0;
  /** The field under way: little-endian, at most four bytes. */
  #field = 0;
  #have = 0;
  #want = 4;
  #hasChecksum = false;

  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; ) {
      if (this.#skip > 0) {
        const step = Math.min(this.#skip, chunk.length - at);
        this.#skip -= step;
        at += step;
        continue;
      }
      this.#field += chunk[at++]! * 2 ** (8 * this.#have++);
      if (this.#have === this.#want) {
        const field = this.#field;
        this.#field = 0;
        this.#have = 0;
        this.#read(field);
      }
    }
  }

  end(): void {
    if (this.#state !== "magic" || this.#have > 0 || this.#skip > 0) {
      throw new KasaneError("invalid-archive", "cannot decompress: the zstd is truncated");
    }
  }

  #read(field: number): void {
    switch (this.#state) {
      case "magic":
        if (field === magic) this.#expect("descriptor", 1);
        // The last four bits are the user's.
        else if (field - (field % 16) === skippableMagic) this.#expect("skippable-size", 4);
        else {
          const message = "cannot decompress: there is something after the end of the zstd";
          throw new KasaneError("invalid-archive", message);
        }
        break;
      case "skippable-size":
        this.#skip = field;
        this.#expect("magic", 4);
        break;
      case "descriptor": {
        const isSingleSegment = (field & 0x20) !== 0;
        const windowBytes = isSingleSegment ? 0 : 1;
        const dictionaryBytes = [0, 1, 2, 4][field & 3]!;
        const sizeFlag = field >> 6;
        const sizeBytes = sizeFlag > 0 ? 2 ** sizeFlag : isSingleSegment ? 1 : 0;
        this.#hasChecksum = (field & 4) !== 0;
        this.#skip = windowBytes + dictionaryBytes + sizeBytes;
        this.#expect("block", 3);
        break;
      }
      case "block": {
        const isLast = (field & 1) !== 0;
        const isRunLength = ((field >> 1) & 3) === 1;
        this.#skip = (isRunLength ? 1 : field >> 3) + (isLast && this.#hasChecksum ? 4 : 0);
        this.#expect(isLast ? "magic" : "block", isLast ? 4 : 3);
        break;
      }
    }
  }

  #expect(state: State, bytes: number): void {
    this.#state = state;
    this.#want = bytes;
  }
}
