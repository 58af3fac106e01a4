import { type Flags, noFlags } from "./format-field.ts";
import { CallError } from "./functions.ts";
import { type GoValue, insideInterface, integerOf } from "./go-value.ts";
import { limits } from "./limits.ts";
import { formatValue } from "./print.ts";

/** Widths, precisions and argument numbers beyond that are mistakes. */
const largest = 1_000_000;

/** Go's Sprintf, with its remarks inside the text where arguments and verbs do not fit. */
export function sprintf(format: string, args: readonly (GoValue | undefined)[]): string {
  return new Formatter(format, args).run();
}

class Formatter {
  #text = "";
  #at = 0;
  #argument = 0;
  #isReordered = false;
  #isGoodNumber = true;
  #flags: Flags = noFlags();

  readonly #format: string;
  readonly #args: readonly (GoValue | undefined)[];

  constructor(format: string, args: readonly (GoValue | undefined)[]) {
    this.#format = format;
    this.#args = args;
  }

  run(): string {
    for (;;) {
      const percent = this.#format.indexOf("%", this.#at);
      if (percent < 0) break;
      this.#text += this.#format.slice(this.#at, percent);
      this.#at = percent + 1;
      // Before it is too much to be told so.
      if (this.#text.length > limits.output) throw new CallError(`more than ${limits.output} characters`);
      if (!this.#directive()) return this.#text + this.#extra();
    }
    return this.#text + this.#format.slice(this.#at) + this.#extra();
  }

  /** False when the format ends in the middle. */
  #directive(): boolean {
    this.#isGoodNumber = true;
    this.#flags = noFlags();
    this.#readFlags();
    let isAfterIndex = this.#argumentNumber();
    isAfterIndex = this.#width(isAfterIndex);
    // A point at the very end is a verb, and none that exists.
    if (this.#format[this.#at] === "." && this.#at + 1 < this.#format.length)
      isAfterIndex = this.#precision(isAfterIndex);
    if (!isAfterIndex) this.#argumentNumber();
    if (this.#at >= this.#format.length) {
      this.#text += "%!(NOVERB)";
      return false;
    }
    this.#verb(String.fromCodePoint(this.#format.codePointAt(this.#at)!));
    return true;
  }

  #readFlags(): void {
    for (; ; this.#at++) {
      switch (this.#format[this.#at]) {
        case "#":
          this.#flags.sharp = true;
          break;
        case "0":
          this.#flags.zero = true;
          break;
        case "+":
          this.#flags.plus = true;
          break;
        case "-":
          this.#flags.minus = true;
          break;
        case " ":
          this.#flags.space = true;
          break;
        default:
          return;
      }
    }
  }

  #verb(verb: string): void {
    this.#at += verb.length;
    if (verb === "%") this.#text += "%";
    else if (!this.#isGoodNumber) this.#text += `%!${verb}(BADINDEX)`;
    else if (this.#argument >= this.#args.length) this.#text += `%!${verb}(MISSING)`;
    else this.#text += this.#formatted(this.#args[this.#argument++], verb);
  }

  #formatted(value: GoValue | undefined, verb: string): string {
    const flags = this.#flags;
    if (verb === "v") {
      const { sharp, plus } = flags;
      return formatValue(value, verb, { ...flags, sharpV: sharp, sharp: false, plusV: plus, plus: false });
    }
    return formatValue(value, verb, flags);
  }

  /** `[3]`: which argument comes next. Whether there was one. */
  #argumentNumber(): boolean {
    if (this.#format[this.#at] !== "[") return false;
    this.#isReordered = true;
    const end = this.#format.indexOf("]", this.#at + 1);
    const inside = end < 0 ? "" : this.#format.slice(this.#at + 1, end);
    const number = /^[0-9]{1,7}$/.test(inside) ? Number(inside) - 1 : undefined;
    this.#at = end < 0 ? this.#at + 1 : end + 1;
    if (number !== undefined && number >= 0 && number < this.#args.length) {
      this.#argument = number;
      return true;
    }
    this.#isGoodNumber = false;
    return number !== undefined;
  }

  #width(isAfterIndex: boolean): boolean {
    if (this.#format[this.#at] === "*") {
      this.#at++;
      const width = this.#integerArgument();
      if (width === undefined) this.#text += "%!(BADWIDTH)";
      else {
        this.#flags.width = Math.abs(width);
        if (width < 0) {
          this.#flags.minus = true;
          this.#flags.zero = false;
        }
      }
      return false;
    }
    this.#flags.width = this.#number();
    if (isAfterIndex && this.#flags.width !== undefined) this.#isGoodNumber = false;
    return isAfterIndex;
  }

  #precision(isAfterIndex: boolean): boolean {
    this.#at++;
    if (isAfterIndex) this.#isGoodNumber = false;
    const isNowAfterIndex = this.#argumentNumber();
    if (this.#format[this.#at] === "*") {
      this.#at++;
      const precision = this.#integerArgument();
      if (precision !== undefined && precision >= 0) this.#flags.precision = precision;
      else this.#text += "%!(BADPREC)";
      return false;
    }
    this.#flags.precision = this.#number() ?? 0;
    return isNowAfterIndex;
  }

  #number(): number | undefined {
    const digits = /^[0-9]*/.exec(this.#format.slice(this.#at, this.#at + 20))![0];
    if (digits === "") return undefined;
    if (Number(digits) > largest * 10) {
      // Go gives up on the rest of the format.
      this.#at = this.#format.length;
      return undefined;
    }
    this.#at += digits.length;
    return Number(digits);
  }

  #integerArgument(): number | undefined {
    if (this.#argument >= this.#args.length) return undefined;
    const value = insideInterface(this.#args[this.#argument++]);
    if (value?.kind !== "int" && value?.kind !== "uint") return undefined;
    const number = Number(integerOf(value));
    return Math.abs(number) > largest ? undefined : number;
  }

  #extra(): string {
    if (this.#isReordered || this.#argument >= this.#args.length) return "";
    const rest = this.#args.slice(this.#argument).map((value) => {
      const inside = insideInterface(value);
      if (inside === undefined) return "<nil>";
      return `${inside.type.name}=${formatValue(inside, "v", noFlags())}`;
    });
    return `%!(EXTRA ${rest.join(", ")})`;
  }
}
