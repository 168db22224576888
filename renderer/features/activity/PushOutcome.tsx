import type { z } from 'zod'
import { formatBytes, formatDuration, formatRate, plural } from '../../../main/api/format.ts'
import type { PushResult } from '../../../main/api/models.ts'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { Path } from '../../ui/Path.tsx'
import css from './activity.module.css'
import { shortenLine } from './progress.ts'
import { Failures, Usage } from './result-parts.tsx'

type Result = z.infer<typeof PushResult>
type Tag = Result['tags'][number]

const kinds = { image: 'environment image', index: 'index', package: 'package' } as const
const order = { image: 0, index: 1, package: 2 } as const

/** What a push left in the registry, how to use it, and what could not be pushed. */
export function PushOutcome({ result }: { readonly result: Result }) {
  const folder = layoutFolder(result)
  return (
    <>
      <Failures failed={result.failed} undone="pushed" />
      {(result.usage.length > 0 || folder !== undefined) && (
        <section className={css.section}>
          <h2>Use it</h2>
          <dl className={css.usage}>
            {folder !== undefined && (
              <div>
                <dt>folder, an OCI image layout; to send it on, push again with a registry as the target</dt>
                <dd className={css.folder}>
                  <Path value={folder} />
                  <CopyButton value={folder} what="folder" />
                </dd>
              </div>
            )}
            <Usage usage={result.usage} />
          </dl>
        </section>
      )}
      <Written result={result} />
    </>
  )
}

/** The tags that were written, the image's first, and how fast it went. */
function Written({ result }: { result: Result }) {
  const tags = result.tags.toSorted((a, b) => order[a.kind] - order[b.kind] || a.tag.localeCompare(b.tag))
  const rate = result.seconds > 0 ? `, ${formatRate(result.bytesUploaded / result.seconds)}` : ''
  if (tags.length === 0) {
    // Failures have told already why nothing came of it.
    return result.failed.length === 0 && <p className={css.when}>Nothing new: all of it was there already.</p>
  }
  return (
    <section className={css.section}>
      <h2>
        {plural(tags.length, 'tag')} written
        <small>
          {formatBytes(result.bytesUploaded)} uploaded in {formatDuration(result.seconds)}
          {rate}
        </small>
      </h2>
      <ul className={css.tags}>
        {tags.map((tag) => (
          <TagRow key={tag.tag} tag={tag} />
        ))}
      </ul>
    </section>
  )
}

/** Where the tags are, when that is a folder. */
function layoutFolder({ tags: [first] }: Result): string | undefined {
  return first && /^oci-layout:\/\/(.+):[^:/]+$/.exec(first.reference)?.[1]
}

function TagRow({ tag }: { tag: Tag }) {
  return (
    <li title={`${tag.reference}\n${tag.digest}`}>
      <code>{shortenLine(tag.tag)}</code>
      <small>{kinds[tag.kind]}</small>
      <CopyButton value={tag.reference} what={`reference of ${tag.tag}`} />
    </li>
  )
}
