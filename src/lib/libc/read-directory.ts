import { fileCalls, ok } from "./file-calls.ts";

const headerBytes = 19;
const buffer = new Uint8Array(32 * 1024);
const view = new DataView(buffer.buffer);
const SEEK_SET = 0;

/** The names in an open directory as bytes, without `.` and `..`, in no order. Starts from the beginning each time. */
export function readDirectory(directory: number, shownAs?: string): Uint8Array[] {
  const names: Uint8Array[] = [];
  ok(fileCalls().lseek(directory, 0, SEEK_SET), "lseek", shownAs);
  for (;;) {
    const filled = ok(fileCalls().getdents64(directory, buffer), "getdents64", shownAs);
    if (filled === 0) return names;
    for (let at = 0; at < filled; ) {
      const recordBytes = view.getUint16(at + 16, true);
      const start = at + headerBytes;
      const name = buffer.slice(start, buffer.indexOf(0, start));
      if (!isDotOrDotDot(name)) names.push(name);
      at += recordBytes;
    }
  }
}

function isDotOrDotDot(name: Uint8Array): boolean {
  return name[0] === 0x2e && (name.length === 1 || (name.length === 2 && name[1] === 0x2e));
}
