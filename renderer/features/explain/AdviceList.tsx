import { Command } from '../../ui/Command.tsx'
import css from './explain.module.css'
import { adviceOf } from './words.ts'

/** What may be done, a way a line, commands to be copied. */
export function AdviceList({ advice }: { readonly advice: readonly string[] }) {
  return (
    <ul className={css.advice} aria-label="What may be done">
      {adviceOf(advice).map(({ words, command }) => (
        <li key={`${words} ${command}`}>
          <span>{words}</span>
          {command !== undefined && <Command value={command} />}
        </li>
      ))}
    </ul>
  )
}
