import { formatBytes, formatCount, formatDuration, plural } from '../../../main/api/format.ts'
import type { InstallResult } from '../../../main/api/models.ts'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { Path } from '../../ui/Path.tsx'
import css from './activity.module.css'
import { Failures, Usage } from './result-parts.tsx'

// The list is for a look and a copy, not for scrolling through thousands: they are all in the store's database.
const shownAtMost = 200

/** What an install left in the store, how to use it, and what could not be installed. */
export function InstallOutcome({ result }: { readonly result: InstallResult }) {
  return (
    <>
      <Failures failed={result.failed} undone="installed" />
      {result.usage.length > 0 && (
        <section className={css.section}>
          <h2>Use it</h2>
          <dl className={css.usage}>
            <Usage usage={result.usage} />
          </dl>
        </section>
      )}
      <Prefixes result={result} />
    </>
  )
}

function Prefixes({ result: { installed, failed, bytesFetched, seconds } }: { result: InstallResult }) {
  if (installed.length === 0) {
    // Failures have told already why nothing came of it.
    return failed.length === 0 && <p className={css.when}>Nothing new: all of it was there already.</p>
  }
  const sorted = installed.toSorted((a, b) => a.name.localeCompare(b.name))
  return (
    <section className={css.section}>
      <h2>
        {plural(installed.length, 'package')} installed
        <small>
          {formatBytes(bytesFetched)} fetched, {formatDuration(seconds)} in all
        </small>
      </h2>
      <ul className={css.prefixes}>
        {sorted.slice(0, shownAtMost).map(({ hash, name, version, prefix }) => (
          <li key={hash}>
            <b>
              {name} {version}
            </b>
            <Path value={prefix} />
            <CopyButton value={prefix} what={`prefix of ${name}`} />
          </li>
        ))}
        {sorted.length > shownAtMost && <li>and {formatCount(sorted.length - shownAtMost)} more</li>}
      </ul>
    </section>
  )
}
