/** Machine code of x86-64 with places that are filled in when they are known. */
export class Code {
  readonly #bytes: number[] = [];
  readonly #labels = new Map<string, number>();
  readonly #jumps: { at: number; to: string }[] = [];

  emit(...bytes: number[]): this {
    this.#bytes.push(...bytes);
    return this;
  }

  label(name: string): this {
    this.#labels.set(name, this.#bytes.length);
    return this;
  }

  /** A jump with a 32-bit distance: `e9`, or `0f 8x` with a condition. */
  jump(opcode: readonly number[], to: string): this {
    this.emit(...opcode);
    this.#jumps.push({ at: this.#bytes.length, to });
    return this.emit(0, 0, 0, 0);
  }

  /** mov eax, number; syscall. */
  call(number: number): this {
    return this.emit(0xb8, number & 0xff, (number >> 8) & 0xff, 0, 0, 0x0f, 0x05);
  }

  finish(): Uint8Array {
    const code = Uint8Array.from(this.#bytes);
    const view = new DataView(code.buffer);
    for (const { at, to } of this.#jumps) view.setInt32(at, this.#labels.get(to)! - (at + 4), true);
    return code;
  }
}

/** Opcodes of jumps. */
export const ALWAYS = [0xe9];
export const IF_EQUAL = [0x0f, 0x84];
export const IF_NOT_EQUAL = [0x0f, 0x85];
export const IF_NOT_POSITIVE = [0x0f, 0x8e];
