/** Floating-point numbers in Go's spellings: strconv's FormatFloat, exact to the last digit. */

/** Digits d1 d2 d3 … of 0.d1d2d3… × 10^point. */
interface Decimal {
  readonly digits: string;
  readonly point: number;
}

/** No double has more digits after the point; further ones are zeros. */
const mostDigits = 1100;

/** `precision` -1 is the fewest digits that give the number back. `format` is one of e E f g G b x X. */
export function formatFloat(value: number, format: string, precision: number, bits: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const size = Math.abs(bits === 32 ? Math.fround(value) : value);
  switch (format) {
    case "b":
      return sign + binary(size, bits);
    case "x":
      return sign + hexadecimal(size, precision);
    case "X":
      return sign + hexadecimal(size, precision).toUpperCase();
    case "e":
    case "E": {
      const decimal = precision < 0 ? shortest(size, bits) : significant(size, precision + 1);
      return sign + exponential(decimal, precision < 0 ? decimal.digits.length - 1 : precision, format);
    }
    case "f": {
      const decimal = precision < 0 ? shortest(size, bits) : fixed(size, precision);
      return (
        sign + plain(decimal, precision < 0 ? Math.max(decimal.digits.length - decimal.point, 0) : precision)
      );
    }
    default:
      return sign + general(size, format, precision, bits);
  }
}

/** %g: exponential for very large and very small numbers. */
function general(size: number, format: string, precision: number, bits: number): string {
  const wanted = precision === 0 ? 1 : precision;
  const decimal = precision < 0 ? shortest(size, bits) : significant(size, wanted);
  const digits = decimal.digits.replace(/0+$/, "");
  const count = digits.length;
  let threshold = precision < 0 ? 6 : wanted;
  if (precision >= 0 && threshold > count && count >= decimal.point) threshold = count;
  const exponent = decimal.point - 1;
  const trimmed = { digits, point: decimal.point };
  if (size !== 0 && (exponent < -4 || exponent >= threshold)) {
    return exponential(trimmed, Math.max(count - 1, 0), format === "G" ? "E" : "e");
  }
  return plain(trimmed, Math.max(count - decimal.point, 0));
}

function shortest(size: number, bits: number): Decimal {
  if (size === 0) return { digits: "", point: 0 };
  let text = size.toExponential();
  if (bits === 32) {
    for (let digits = 0; digits < 9; digits++) {
      text = size.toExponential(digits);
      if (Math.fround(Number(text)) === size) break;
    }
  }
  const [mantissa, exponent] = text.split("e");
  return { digits: mantissa!.replace(".", "").replace(/0+$/, ""), point: Number(exponent) + 1 };
}

/** Rounded to `count` digits, a tie to the even one. */
function significant(size: number, count: number): Decimal {
  if (size === 0) return { digits: "", point: 0 };
  const wanted = Math.min(count, mostDigits);
  let exponent = Number(size.toExponential().split("e")[1]);
  let digits = scaled(size, wanted - 1 - exponent).toString();
  if (digits.length > wanted) {
    digits = digits.slice(0, wanted);
    exponent++;
  }
  return { digits, point: exponent + 1 };
}

/** Rounded to so many digits after the point. */
function fixed(size: number, precision: number): Decimal {
  const places = Math.min(precision, mostDigits);
  const digits = scaled(size, places).toString();
  return digits === "0" ? { digits: "", point: 0 } : { digits, point: digits.length - places };
}

/** size × 10^power, rounded half to even. */
function scaled(size: number, power: number): bigint {
  let { mantissa: numerator, exponent } = parts(size);
  let denominator = 1n;
  if (power >= 0) numerator *= 10n ** BigInt(power);
  else denominator *= 10n ** BigInt(-power);
  if (exponent >= 0) numerator <<= BigInt(exponent);
  else denominator <<= BigInt(-exponent);
  const quotient = numerator / denominator;
  const twice = (numerator % denominator) * 2n;
  const isUp = twice > denominator || (twice === denominator && quotient % 2n === 1n);
  return isUp ? quotient + 1n : quotient;
}

/** The number as mantissa × 2^exponent, mantissa whole. */
function parts(size: number): { mantissa: bigint; exponent: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, size);
  const word = view.getBigUint64(0);
  const biased = Number((word >> 52n) & 0x7ffn);
  const fraction = word & 0xfffffffffffffn;
  return biased === 0
    ? { mantissa: fraction, exponent: -1074 }
    : { mantissa: fraction | (1n << 52n), exponent: biased - 1075 };
}

function exponential({ digits, point }: Decimal, places: number, mark: string): string {
  const exponent = digits === "" ? 0 : point - 1;
  const fraction = digits.slice(1).padEnd(places, "0").slice(0, places);
  const size = String(Math.abs(exponent)).padStart(2, "0");
  return `${digits[0] ?? "0"}${places > 0 ? `.${fraction}` : ""}${mark}${exponent < 0 ? "-" : "+"}${size}`;
}

function plain({ digits, point }: Decimal, places: number): string {
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, "0") : "0";
  if (places === 0) return whole;
  const fraction =
    point < 0 ? "0".repeat(Math.min(-point, places)) + digits : digits.slice(Math.max(point, 0));
  return `${whole}.${fraction.slice(0, places).padEnd(places, "0")}`;
}

function binary(size: number, bits: number): string {
  const { mantissa, exponent } = parts(size);
  if (bits !== 32) return `${mantissa}p${exponent < 0 ? "-" : "+"}${Math.abs(exponent)}`;
  const small = mantissa >> 29n;
  return `${small}p${exponent + 29 < 0 ? "-" : "+"}${Math.abs(exponent + 29)}`;
}

function hexadecimal(size: number, precision: number): string {
  if (size === 0) return `0x0${precision > 0 ? `.${"0".repeat(precision)}` : ""}p+00`;
  let { mantissa, exponent } = parts(size);
  while (mantissa < 1n << 52n) {
    mantissa <<= 1n;
    exponent--;
  }
  exponent += 52;
  let digits = 13;
  if (precision >= 0 && precision < 13) {
    const dropped = BigInt((13 - precision) * 4);
    const rest = mantissa & ((1n << dropped) - 1n);
    const half = 1n << (dropped - 1n);
    mantissa >>= dropped;
    if (rest > half || (rest === half && mantissa % 2n === 1n)) mantissa++;
    digits = precision;
    if (mantissa >= 1n << BigInt(digits * 4 + 1)) {
      mantissa >>= 1n;
      exponent++;
    }
  }
  const text = mantissa.toString(16);
  let fraction = text.slice(1).padStart(digits, "0");
  fraction = precision < 0 ? fraction.replace(/0+$/, "") : fraction.padEnd(precision, "0");
  const power = String(Math.abs(exponent)).padStart(2, "0");
  return `0x${text[0]}${fraction === "" ? "" : `.${fraction}`}p${exponent < 0 ? "-" : "+"}${power}`;
}
