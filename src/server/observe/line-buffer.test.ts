import { expect, test } from "bun:test";
import fc from "fast-check";
import { LineBuffer } from "./line-buffer.ts";

test("what goes in comes out, in order, whatever its length", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.nat(100_000).map((length) => "ü€😀".repeat(length / 5)),
  );
  fc.assert(
    fc.property(fc.array(text, { maxLength: 30 }), (lines) => {
      const buffer = new LineBuffer();
      for (const line of lines) buffer.add(line);
      const whole = Buffer.from(lines.join(""));
      expect(buffer.bytes).toBe(whole.length);
      const taken = buffer.take();
      expect(taken.lines).toBe(lines.length);
      expect(Buffer.concat([...taken.chunks]).equals(whole)).toBe(true);
      expect(buffer.take()).toEqual({ chunks: [], lines: 0 });
    }),
    { numRuns: 50 },
  );
});
