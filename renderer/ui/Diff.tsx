import css from './diff.module.css'

const kinds = { '+': 'added', '-': 'removed', '@': 'place', ' ': 'same' } as const

/** A unified difference; a line says by its sign, and by its colour, what becomes of it. */
export function Diff({ value, label = 'Difference' }: { readonly value: string; readonly label?: string }) {
  const [lines, names] = split(value)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard
    <section className={css.diff} aria-label={label} title={names.join('\n')} tabIndex={0}>
      <pre>
        {lines.map((line, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a new difference is drawn anew
          <span key={i} className={css[kinds[line[0] as keyof typeof kinds] ?? 'same']}>
            {line}
            {'\n'}
          </span>
        ))}
      </pre>
    </section>
  )
}

/** The lines, and the names of the files above them, which the page says in its own way. */
function split(diff: string): readonly [lines: readonly string[], names: readonly string[]] {
  const lines = diff.replace(/\n$/, '').split('\n')
  const names = lines[0]?.startsWith('--- ') && lines[1]?.startsWith('+++ ') ? lines.slice(0, 2) : []
  return [lines.slice(names.length), names]
}
