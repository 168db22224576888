import { formatBytes, formatCount, formatDuration, plural } from '../../../main/api/format.ts'
import type { ActResult } from '../../../main/api/models.ts'
import { FindingList } from '../../ui/FindingList.tsx'
import css from './activity.module.css'
import { shortenLine } from './progress.ts'
import { Failures } from './result-parts.tsx'

// The list is for a look; the log and the registry have all of it.
const shownAtMost = 200

/** What an act did, what it found, and what it could not do. */
export function ActOutcome({ result }: { readonly result: ActResult }) {
  const { done, failed, findings, bytes, seconds } = result
  return (
    <>
      <Failures failed={failed} noun="step" undone="done" />
      <FindingList findings={findings} />
      {done.length === 0 ? (
        failed.length === 0 && <p className={css.when}>Nothing changed.</p>
      ) : (
        <section className={css.section}>
          <h2>
            {plural(done.length, 'step')} done
            <small>
              {bytes > 0 && `${formatBytes(bytes)}, `}
              {formatDuration(seconds)} in all
            </small>
          </h2>
          <ul className={css.tags}>
            {done.slice(0, shownAtMost).map((line) => (
              <li key={line} title={line}>
                <code>{shortenLine(line)}</code>
              </li>
            ))}
            {done.length > shownAtMost && <li>and {formatCount(done.length - shownAtMost)} more</li>}
          </ul>
        </section>
      )}
    </>
  )
}
