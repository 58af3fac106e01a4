import { KasaneError } from "../lib/mod.ts";
import type { ByteCursor } from "./byte-cursor.ts";
import { paddingOf } from "./header.ts";
import { fillHoles, type SparseMap, storedBytesOf } from "./sparse.ts";
import { truncated } from "./tar-error.ts";

/** The content of the member the reader stands at: read once, or skipped, and never after the reader has moved on. */
export class MemberContent {
  readonly #cursor: ByteCursor;
  #sparse: SparseMap | undefined;
  #left = 0;
  #padding = 0;
  #state: "unread" | "reading" | "over" = "unread";
  /** Bytes of the content as the file has them, holes included. */
  sizeBytes = 0;
  /** Stored bytes that hold a sparse map and have been read already. */
  mapBytes = 0;

  constructor(cursor: ByteCursor) {
    this.#cursor = cursor;
  }

  begin(storedBytes: number, sparse: SparseMap | undefined): void {
    this.#left = storedBytes - this.mapBytes;
    this.#padding = paddingOf(storedBytes);
    this.#sparse = sparse;
    this.sizeBytes = sparse?.sizeBytes ?? storedBytes;
    if (sparse !== undefined && storedBytesOf(sparse) !== this.#left) {
      throw new KasaneError("invalid-archive", "cannot read tar: a sparse map does not fit the stored size");
    }
  }

  /** Stored bytes that are no content of the entry. */
  skip(storedBytes: number): void {
    this.#padding = storedBytes + paddingOf(storedBytes);
  }

  read(): AsyncIterable<Uint8Array> {
    if (this.#state !== "unread") {
      throw new KasaneError(
        "internal",
        this.#state === "over"
          ? "the content of a tar member was asked for after the next member"
          : "the content of a tar member was asked for twice",
      );
    }
    this.#state = "reading";
    return this.#sparse === undefined
      ? this.#stored()
      : fillHoles(this.#sparse, (maxBytes) => this.#next(maxBytes));
  }

  /** Moves to the header that follows. */
  async finish(): Promise<void> {
    this.#state = "over";
    const rest = this.#left + this.#padding;
    if (rest === 0 || this.#cursor.take(rest) !== undefined) return;
    if (!(await this.#cursor.skip(rest)))
      throw truncated(this.#cursor.position, "within the content of a member");
  }

  async *#stored(): AsyncGenerator<Uint8Array> {
    while (this.#left > 0) yield await this.#next(this.#left);
  }

  async #next(maxBytes: number): Promise<Uint8Array> {
    if (this.#state === "over") {
      throw new KasaneError("internal", "the content of a tar member was read after the next member");
    }
    const chunk = await this.#cursor.next(maxBytes);
    if (chunk === undefined) throw truncated(this.#cursor.position, "within the content of a member");
    this.#left -= chunk.length;
    return chunk;
  }
}
