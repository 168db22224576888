/** A command as one types it, split as a shell would split it: blanks, quotes and backslashes. */
export function splitWords(text: string): readonly string[] {
  const words: string[] = []
  for (const [, double, single, plain = ''] of text.matchAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'|((?:[^\s"'\\]|\\.)+)/g)) {
    words.push(single ?? (double ?? plain).replace(/\\(.)/g, '$1'))
  }
  return words
}

/** The same words as one would type them. */
export function joinWords(words: readonly string[]): string {
  return words.map((word) => (/^[\w./:=@%+,-]+$/.test(word) ? word : `"${word.replace(/(["\\])/g, '\\$1')}"`)).join(' ')
}
