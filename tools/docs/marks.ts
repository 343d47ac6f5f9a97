/**
 * A page with what `npm run docs` writes between two marks, `<!-- NAME: written by … -->` and `<!-- /NAME -->`.
 *
 * @param file the page's name, for the message.
 * @throws Error when a mark is missing.
 */
export function betweenMarks(page: string, name: string, made: string, file: string): string {
  const [begin, end] = [`<!-- ${name}: written by \`npm run docs\` -->`, `<!-- /${name} -->`];
  const [before, rest] = page.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) {
    throw new Error(`${file} lacks the marks ${begin} and ${end}`);
  }
  return `${before}${begin}\n\n${made}\n\n${end}${after}`;
}
