import { Database } from "bun:sqlite";

/** A package's header with the tags that are read. */
export function headerOf(fields: {
  name?: string;
  version: string;
  release: string;
  epoch?: number;
}): Uint8Array {
  const data: Buffer[] = [];
  const entries: number[][] = [];
  const add = (tag: number, type: number, bytes: Buffer) => {
    entries.push([tag, type, Buffer.concat(data).length, 1]);
    data.push(bytes);
  };
  if (fields.epoch !== undefined) {
    const number = Buffer.alloc(4);
    number.writeUInt32BE(fields.epoch);
    add(1003, 4, number);
  }
  if (fields.name !== undefined) add(1000, 6, Buffer.from(`${fields.name}\0`));
  add(1001, 6, Buffer.from(`${fields.version}\0`));
  add(1002, 6, Buffer.from(`${fields.release}\0`));
  add(1022, 6, Buffer.from("noarch\0"));
  const index = Buffer.alloc(8 + entries.length * 16);
  index.writeUInt32BE(entries.length, 0);
  index.writeUInt32BE(Buffer.concat(data).length, 4);
  for (const [number, entry] of entries.entries()) {
    for (const [column, value] of entry.entries()) index.writeUInt32BE(value, 8 + number * 16 + column * 4);
  }
  return Buffer.concat([index, ...data]);
}

export function ndbOf(headers: readonly Uint8Array[]): Uint8Array {
  const file = Buffer.alloc(4096 + headers.reduce((sum, { length }) => sum + 32 + length + 16, 0));
  file.write("RpmP", 0, "latin1");
  file.writeUInt32LE(1, 12);
  for (let at = 32; at < 4096; at += 16) file.write("Slot", at, "latin1");
  let block = 256;
  for (const [index, header] of headers.entries()) {
    const slot = 32 + index * 16;
    file.writeUInt32LE(index + 1, slot + 4);
    file.writeUInt32LE(block, slot + 8);
    const start = block * 16;
    file.write("BlbS", start, "latin1");
    file.writeUInt32LE(index + 1, start + 4);
    file.writeUInt32LE(header.length, start + 12);
    file.set(header, start + 16);
    block += Math.ceil((16 + header.length + 12) / 16);
  }
  return file;
}

/** A hash table of one page of entries, each value in overflow pages of its own. */
export function berkeleyOf(headers: readonly Uint8Array[], isLittle = true): Uint8Array {
  const pageBytes = 512;
  const pages: Buffer[] = [Buffer.alloc(pageBytes), Buffer.alloc(pageBytes)];
  const put = (page: number, at: number, value: number, bytes: 2 | 4) => {
    const view = new DataView(pages[page]!.buffer, pages[page]!.byteOffset);
    if (bytes === 2) view.setUint16(at, value, isLittle);
    else view.setUint32(at, value, isLittle);
  };
  put(0, 12, 0x00061561, 4);
  put(0, 20, pageBytes, 4);
  pages[1]![25] = 13;
  put(1, 20, headers.length * 2, 2);
  let end = pageBytes;
  for (const [index, header] of headers.entries()) {
    const first = pages.length;
    for (let at = 0; at < header.length; at += pageBytes - 26) {
      const piece = header.subarray(at, at + pageBytes - 26);
      const page = pages.push(Buffer.alloc(pageBytes)) - 1;
      pages[page]![25] = 7;
      put(page, 22, piece.length, 2);
      put(page, 16, at + piece.length < header.length ? page + 1 : 0, 4);
      pages[page]!.set(piece, 26);
    }
    end -= 5;
    put(1, 26 + index * 4, end, 2);
    pages[1]![end] = 1;
    end -= 12;
    put(1, 28 + index * 4, end, 2);
    pages[1]![end] = 3;
    put(1, end + 4, first, 4);
    put(1, end + 8, header.length, 4);
  }
  return Buffer.concat(pages);
}

export function sqliteOf(headers: readonly Uint8Array[], statements: readonly string[] = []): Uint8Array {
  const database = new Database(":memory:");
  database.run("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)");
  for (const header of headers) database.query("INSERT INTO Packages (blob) VALUES (?)").run(header);
  for (const statement of statements) database.run(statement);
  return database.serialize();
}
