import { type CSSProperties, memo } from 'react'
import { formatCount } from '../../../main/api/format.ts'
import css from './output.module.css'
import type { Ink, Style } from './sgr.ts'
import { type Piece, shownLine } from './shown-line.ts'
import { lineHeight } from './use-lines-in-view.ts'

interface LineProps {
  /** Undefined while it is being read. */
  readonly text: string | undefined
  readonly number: number
  /** Its place from the top, in lines. */
  readonly at: number
  /** What is searched for. */
  readonly words: string
  /** It is the one that the search stands on. */
  readonly current: boolean
  /** It has not ended. */
  readonly partial?: boolean
}

/** A line of the output with its colours. */
export const OutputLineView = memo(function OutputLineView({ text, number, at, words, current, partial }: LineProps) {
  const { pieces, more } = shownLine(text ?? '', words)
  return (
    <div
      className={css.line}
      style={{ transform: `translateY(${at * lineHeight}px)` }}
      data-current={current || undefined}
      data-partial={partial || undefined}
    >
      <span className={css.number} aria-hidden>
        {number + 1}
      </span>
      <span className={css.text}>
        {pieces.map((piece, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a line never change
          <PieceView key={i} piece={piece} />
        ))}
        {more > 0 && <i className={css.more}> and {formatCount(more)} more characters</i>}
      </span>
    </div>
  )
})

function PieceView({ piece: { text, style, found } }: { piece: Piece }) {
  if (found) return <mark className={css.found}>{text}</mark>
  const shown = look(style)
  return shown === undefined ? text : <span {...shown}>{text}</span>
}

/** Undefined for a piece that is written as usual: most are, and need no element. */
function look(style: Style): { readonly className: string; readonly style: CSSProperties } | undefined {
  const { bold, dim, italic, underline, inverse } = style
  const ink: Colour | undefined = inverse ? (style.ground ?? 'ground') : style.ink
  const ground: Colour | undefined = inverse ? (style.ink ?? 'text') : style.ground
  const names: string[] = []
  if (bold) names.push(css.bold ?? '')
  if (italic) names.push(css.italic ?? '')
  if (underline) names.push(css.underline ?? '')
  // A colour that is dimmed as well could not be read any more.
  if (dim && ink === undefined) names.push(css.dim ?? '')
  if (ink !== undefined) names.push((ground === undefined && isMixed(ink) ? css.mixedInk : css.ink) ?? '')
  if (ground !== undefined) names.push((inverse ? css.solidGround : css.ground) ?? '')
  if (names.length === 0) return undefined
  return { className: names.join(' '), style: colours(ink, ground) }
}

type Colour = Ink | 'ground' | 'text'

function isMixed(colour: Colour): boolean {
  return typeof colour !== 'string' && colour.kind === 'mixed'
}

function colours(ink: Colour | undefined, ground: Colour | undefined): CSSProperties {
  return {
    ...(ink !== undefined && { '--ink': value(ink) }),
    ...(ground !== undefined && { '--ground': value(ground) }),
  } as CSSProperties
}

function value(colour: Colour): string {
  if (colour === 'ground') return 'var(--st-surface)'
  if (colour === 'text') return 'var(--st-text)'
  if (colour.kind === 'named') return `var(--st-ansi-${colour.index})`
  return `rgb(${colour.red} ${colour.green} ${colour.blue})`
}
