import { useMemo, useState } from 'react'
import type { ImageComparison } from '../../../../main/api/catalog.ts'
import { formatBytes, plural, shortHash } from '../../../../main/api/format.ts'
import { Path } from '../../../ui/Path.tsx'
import css from './compare.module.css'
import { envLines, packageRows, packageWords } from './model.ts'

/** The packages that differ, and on demand those that do not. */
export function PackageChanges({ comparison }: { readonly comparison: ImageComparison }) {
  const [all, setAll] = useState(false)
  const rows = useMemo(() => packageRows(comparison), [comparison])
  const changed = rows.filter((row) => row.change !== 'same')
  const equal = rows.length - changed.length
  if (rows.length === 0) return undefined
  return (
    <section className={css.section}>
      <h2>Packages</h2>
      {changed.length === 0 && <p className={css.dim}>All of them are equal.</p>}
      <table className={css.table}>
        <thead>
          <tr>
            <th>Package</th>
            <th>Change</th>
            <th>First</th>
            <th>Second</th>
            <th data-number>Bytes</th>
          </tr>
        </thead>
        <tbody>
          {(all ? rows : changed).map((row) => (
            <tr key={`${row.name} ${row.left?.hash} ${row.right?.hash}`} data-change={row.change}>
              <td>{row.name}</td>
              <td className={css.change}>{packageWords[row.change]}</td>
              <td>{versionOf(row, row.left)}</td>
              <td>{versionOf(row, row.right)}</td>
              <td data-number>{difference((row.right?.bytes ?? 0) - (row.left?.bytes ?? 0))}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {equal > 0 && (
        <button type="button" className={css.unfold} onClick={() => setAll(!all)}>
          {all ? 'Only what differs' : `Show ${plural(equal, 'equal package')}`}
        </button>
      )}
    </section>
  )
}

type Row = ImageComparison['packages'][number]

/** Two builds of one version are told apart by their hash. */
function versionOf({ change }: Row, side: Row['left']): string {
  if (!side) return ''
  return change === 'build' ? `${side.version} /${shortHash(side.hash)}` : side.version
}

/** `+1.2 MiB`, `−40 KiB`, or nothing. */
export function difference(bytes: number): string {
  if (bytes === 0) return '0'
  return `${bytes > 0 ? '+' : '−'}${formatBytes(Math.abs(bytes))}`
}

/** The environment variables that differ; of lists of paths only the lines that do. */
export function EnvChanges({ comparison }: { readonly comparison: ImageComparison }) {
  if (comparison.env.length === 0) return undefined
  return (
    <section className={css.section}>
      <h2>
        {plural(comparison.env.length, 'environment variable')} differ{comparison.env.length === 1 ? 's' : ''}
      </h2>
      <dl className={css.env}>
        {comparison.env.map(({ name, left, right }) => {
          const lines = envLines(left, right)
          return (
            <div key={name}>
              <dt>{name}</dt>
              {lines.left.map((line) => (
                <dd key={`- ${line}`} data-side="left">
                  <span aria-hidden>−</span>
                  <Path value={line} />
                </dd>
              ))}
              {lines.right.map((line) => (
                <dd key={`+ ${line}`} data-side="right">
                  <span aria-hidden>+</span>
                  <Path value={line} />
                </dd>
              ))}
              {lines.left.length + lines.right.length === 0 && <dd>the same paths in another order</dd>}
            </div>
          )
        })}
      </dl>
    </section>
  )
}
