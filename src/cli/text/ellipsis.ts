/** Cuts to `width` columns, the last one an ellipsis, as docker counts: East Asian wide characters are two, all others one. */
export function ellipsis(text: string, width: number): string {
  const characters = [...text];
  let columns = 0;
  let kept = 0;
  for (const [index, character] of characters.entries()) {
    columns += columnsOf(character);
    if (columns <= width - 1) kept = index + 1;
  }
  return columns <= width ? text : `${characters.slice(0, kept).join("")}…`;
}

function columnsOf(character: string): number {
  return character.length > 1 || character > "\u10ff" ? Math.max(1, Bun.stringWidth(character)) : 1;
}
