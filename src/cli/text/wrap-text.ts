/** Lines never begin with these, nor end with those (JIS X 4051's first rule, and what English does anyway). */
const notFirst = /^[\p{Pe}\p{Pf}、。，．・：；！？!?,.:;%々ー…]/u;
const notLast = /[\p{Ps}\p{Pi}]$/u;
/** Characters of scripts that put no spaces between words. */
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}、。，．・：；！？（）「」『』ー]/u;

/**
 * The text in lines of at most `width` columns, a wide character counting as two. English breaks at spaces, Japanese between words. What has
 * no place to break stays longer.
 */
export function wrapText(text: string, width: number): string[] {
  if (Bun.stringWidth(text) <= width) return [text];
  const lines: string[] = [];
  let line = "";
  for (const piece of pieces(text)) {
    if (line !== "" && Bun.stringWidth(line + piece.trimEnd()) > width) {
      lines.push(line.trimEnd());
      line = piece.trimStart();
    } else line += piece;
  }
  if (line.trim() !== "") lines.push(line.trimEnd());
  return lines;
}

/** What cannot be broken: a word with the space after it, or a Japanese word with the punctuation that belongs to it. */
function pieces(text: string): string[] {
  const found: string[] = [];
  for (const { segment } of new Intl.Segmenter("ja", { granularity: "word" }).segment(text)) {
    const last = found.at(-1);
    if (last === undefined || mayBreak(last, segment)) found.push(segment);
    else found[found.length - 1] = last + segment;
  }
  return found;
}

function mayBreak(before: string, after: string): boolean {
  if (/^\s/.test(after) || notFirst.test(after) || notLast.test(before)) return false;
  return /\s$/.test(before) || unspaced.test(before.at(-1)!) || unspaced.test(after[0]!);
}
