/** Sizes and times in the wording of Docker's go-units. */

const decimalUnits = ["B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"] as const;

/** `12.3MB`: base 1000, `precision` significant digits as Go's `%.Ng` prints them. Images and history use 3, the rest 4. */
export function humanSize(bytes: number, precision = 4): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < decimalUnits.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${formatG(value, precision)}${decimalUnits[unit]}`;
}

/** `7.8GiB`: go-units BytesSize, base 1024, four significant digits. */
export function binarySize(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${formatG(value, 4)}${units[unit]}`;
}

/** Go's `%.Ng`: exponent form once the decimal exponent reaches the precision, no trailing zeros. */
function formatG(value: number, precision: number): string {
  if (value === 0) return "0";
  if (value < 1000 && precision >= 3 && Number.isInteger(value)) return String(value);
  if (value >= 1) {
    // Nearly all there is, and lists have thousands of them: a third of what toPrecision() takes. What is close to half a digit is left to that,
    // as is what rounds up to the next power of ten, which may have an exponent.
    let scale = 10 ** (precision - 1);
    for (let limit = 10; value >= limit && scale > 1; limit *= 10) scale /= 10;
    const scaled = value * scale;
    const digits = Math.round(scaled);
    if (digits < 10 ** precision && Math.abs(scaled - digits) < 0.499) return String(digits / scale);
  }
  const [mantissa = "", exponentText = "0"] = value.toExponential(precision - 1).split("e");
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= precision) {
    const digits = mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa;
    return `${digits}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  return String(Number(value.toPrecision(precision)));
}

/** `2 days`, `About an hour`: go-units HumanDuration. */
export function humanDuration(durationMs: number): string {
  const seconds = Math.trunc(durationMs / 1000);
  if (seconds < 1) return "Less than a second";
  if (seconds === 1) return "1 second";
  if (seconds < 60) return `${seconds} seconds`;
  const minutes = Math.trunc(seconds / 60);
  if (minutes === 1) return "About a minute";
  if (minutes < 60) return `${minutes} minutes`;
  const hours = Math.trunc(seconds / 3600 + 0.5);
  if (hours === 1) return "About an hour";
  if (hours < 48) return `${hours} hours`;
  if (hours < 24 * 7 * 2) return `${Math.trunc(hours / 24)} days`;
  if (hours < 24 * 30 * 2) return `${Math.trunc(hours / 24 / 7)} weeks`;
  if (hours < 24 * 365 * 2) return `${Math.trunc(hours / 24 / 30)} months`;
  return `${Math.trunc(seconds / 3600 / 24 / 365)} years`;
}

/** `2 days ago`; `N/A` where there is no time. */
export function humanAgo(timeMs: number | undefined, nowMs: number): string {
  return timeMs === undefined || Number.isNaN(timeMs) ? "N/A" : `${humanDuration(nowMs - timeMs)} ago`;
}
