import { formatBytes, formatCount, formatDuration, plural } from '../../../main/api/format.ts'
import type { ActResult } from '../../../main/api/models.ts'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { FindingList } from '../../ui/FindingList.tsx'
import { Hash } from '../../ui/Hash.tsx'
import css from './activity.module.css'
import { shortenLine } from './progress.ts'
import { Failures, Usage } from './result-parts.tsx'

// The list is for a look; the log and the registry have all of it.
const shownAtMost = 200

/** What an act did, what it found, and what it could not do. */
export function ActOutcome({ result }: { readonly result: ActResult }) {
  const { done, failed, findings, bytes, seconds, image } = result
  return (
    <>
      <Failures failed={failed} noun="step" undone="done" />
      {image && <MadeImage image={image} />}
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

/** Where the image is, what it is by its digest, and how to use it. */
function MadeImage({ image }: { image: NonNullable<ActResult['image']> }) {
  return (
    <section className={css.section}>
      <h2>Use it</h2>
      <dl className={css.usage}>
        <Usage usage={image.usage} />
        <div>
          <dt>reference</dt>
          <dd className={css.folder}>
            <code>{image.reference}</code>
            <CopyButton value={image.reference} what="reference" />
          </dd>
        </div>
        <div>
          <dt>digest</dt>
          <dd className={css.folder}>
            <Hash value={image.digest} />
          </dd>
        </div>
      </dl>
    </section>
  )
}
