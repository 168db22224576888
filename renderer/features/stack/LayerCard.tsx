import { plural, shortDigest, shortHash, shortTag } from '../../../main/api/format.ts'
import { Bytes } from '../../ui/Bytes.tsx'
import type { Band } from './geometry.ts'
import { bandWords, type LayerNote, type LayerProgress } from './model.ts'
import css from './stack.module.css'

const namesShown = 12

/** What hovering a band tells: what it is, what brought it, who else needs it. */
export function LayerCard(props: {
  readonly band: Band
  readonly count: number
  readonly progress: LayerProgress | undefined
  readonly note?: LayerNote
}) {
  const { band, count, progress, note } = props
  const [layer] = band.layers
  if (!layer) return undefined
  if (band.kind === 'fold') {
    return (
      <>
        <p className={css.cardTitle}>{plural(band.layers.length, 'small layer')} folded</p>
        <p className={css.cardNames}>{names(band.layers.toReversed().map((l) => `${l.name} ${l.version ?? ''}`))}</p>
        <p className={css.cardFoot}>
          <Bytes value={band.bytes} /> together. Press Enter to unfold.
        </p>
      </>
    )
  }
  return (
    <>
      <p className={css.cardTitle}>
        {layer.name} {layer.kind === 'merged' ? 'merged into one layer' : layer.version}
      </p>
      <dl className={css.cardFacts}>
        <dt>Layer</dt>
        <dd>
          {band.position} of {count}, {bandWords(band, progress)}
        </dd>
        <dt>Size</dt>
        <dd>
          <Bytes value={layer.bytes} />{' '}
          {layer.kind === 'merged' ? 'together' : layer.estimated ? 'on disk, before packing' : 'compressed'}
        </dd>
        {layer.kind === 'package' && (
          <>
            <dt>Here because</dt>
            <dd>{note?.because ?? reason(layer.root, layer.neededBy)}</dd>
            <dt>Hash</dt>
            <dd className={css.mono}>{shortHash(layer.key)}</dd>
          </>
        )}
        {layer.kind === 'merged' && note?.holds !== undefined && (
          <>
            <dt>Merged</dt>
            <dd>{names(note.holds)}</dd>
          </>
        )}
        {layer.sharedWith && (
          <>
            <dt>Shared with</dt>
            <dd>{layer.sharedWith.length === 0 ? 'no other tag' : names(layer.sharedWith.map(shortTag))}</dd>
          </>
        )}
        {layer.digest !== undefined && (
          <>
            <dt>Digest</dt>
            <dd className={css.mono}>{shortDigest(layer.digest)}</dd>
          </>
        )}
      </dl>
    </>
  )
}

function reason(root: boolean, neededBy: readonly string[]): string {
  const needed = neededBy.length > 0 ? `needed by ${names(neededBy)}` : undefined
  if (root) return needed === undefined ? 'it is a root' : `it is a root, ${needed}`
  return needed ?? 'it is a build dependency'
}

function names(all: readonly string[]): string {
  const rest = all.length - namesShown
  return all.slice(0, namesShown).join(', ') + (rest > 0 ? ` and ${rest} more` : '')
}
