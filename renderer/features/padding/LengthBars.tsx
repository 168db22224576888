import css from './padding.module.css'

export interface Length {
  readonly name: string
  /** Bytes of the root without its padding. */
  readonly root: number
  /** Bytes with it. */
  readonly length: number
  /** A store to move to: what of it is too long for some package is marked. */
  readonly isTarget?: boolean
}

/**
 * Lengths of store roots on one scale: the root itself, its padding, and the line behind which some package cannot follow.
 * What can be seen can be read in the numbers, too.
 */
export function LengthBars({
  lengths,
  limit,
}: {
  readonly lengths: readonly Length[]
  readonly limit: number | undefined
}) {
  const longest = Math.max(limit ?? 0, ...lengths.map((one) => one.length)) * 1.04
  const share = (bytes: number): string => `${(100 * bytes) / longest}%`
  return (
    <div className={css.bars}>
      <ul aria-label="Lengths">
        {lengths.map(({ name, root, length, isTarget }) => {
          const beyond = isTarget && limit !== undefined ? Math.max(0, length - limit) : 0
          return (
            <li key={name} className={css.bar}>
              <span className={css.barName}>{name}</span>
              <span className={css.track} aria-hidden>
                <i className={css.own} style={{ width: share(Math.min(root, length - beyond)) }} />
                <i className={css.pad} style={{ width: share(Math.max(0, length - beyond - root)) }} />
                <i className={css.beyond} style={{ width: share(beyond) }} />
                {limit !== undefined && <b className={css.limit} style={{ left: share(limit) }} />}
              </span>
              <span className={css.barNumber}>
                {length}
                {beyond > 0 && <em> {beyond} too long</em>}
              </span>
            </li>
          )
        })}
      </ul>
      <p className={css.legend}>
        <span>
          <i className={css.own} aria-hidden /> the root
        </span>
        <span>
          <i className={css.pad} aria-hidden /> its padding
        </span>
        {limit !== undefined && (
          <span>
            <b className={css.limitMark} aria-hidden /> {limit} bytes: up to here every package fits
          </span>
        )}
      </p>
    </div>
  )
}
