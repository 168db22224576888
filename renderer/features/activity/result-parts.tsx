import { IconCircleX } from '@tabler/icons-react'
import { plural } from '../../../main/api/format.ts'
import type { PushResult } from '../../../main/api/models.ts'
import { Command } from '../../ui/Command.tsx'
import css from './activity.module.css'
import type { Failure } from './progress.ts'

/** What could not be done, each with its reason and what to do about it; nothing when all went well. */
export function Failures(props: {
  readonly failed: readonly Failure[]
  /** What each is. */
  readonly noun?: string
  readonly undone: 'pushed' | 'installed' | 'done'
}) {
  const { failed, noun = 'package', undone } = props
  if (failed.length === 0) return undefined
  return (
    <section className={css.section}>
      <h2>
        {plural(failed.length, noun)} not {undone}
      </h2>
      <ul className={css.failures}>
        {failed.map(({ name, error }, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two packages may have one name, and the list never changes
          <li key={i}>
            <IconCircleX size={16} aria-hidden />
            <div>
              <b>{name}</b> {error.message}
              {error.hint !== undefined && <p>{error.hint}</p>}
            </div>
          </li>
        ))}
      </ul>
    </section>
  )
}

/** How to use the result: a line a tool, for a definition list. */
export function Usage({ usage }: { readonly usage: PushResult['usage'] }) {
  return usage.map((u) => (
    <div key={`${u.tool} ${u.command}`}>
      <dt>{u.tool}</dt>
      <dd>
        <Command value={u.command} what={`${u.tool} command`} />
      </dd>
    </div>
  ))
}
